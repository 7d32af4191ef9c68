using HighPerf.Kafka.Producing;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Producing;

/// <summary>The state machine alone: batches in, answers in, what it says is checked.</summary>
public sealed class PartitionDeliveryTests
{
    private static readonly ProducerIdentity First = new(7, 0);
    private static readonly ProducerIdentity Second = new(7, 1);

    private readonly ProducerEngine _engine;
    private readonly PartitionQueue _queue;
    private readonly PartitionDelivery _delivery = new(idempotent: true);
    private int _batches;

    public PartitionDeliveryTests()
    {
        Simulation simulation = new(1);
        KafkaProducer<string, string> producer = simulation.CreateClient().CreateProducer<string, string>();
        _engine = producer.Engine;
        _queue = new PartitionQueue(_engine, _engine.GetTopic("t"), 0);
    }

    [Fact]
    public void P1_a_batch_sent_again_keeps_its_numbers_and_goes_before_all_others()
    {
        Establish();
        ProduceBatch[] sent = [Send(), Send(), Send()];
        Assert.Equal([1, 2, 3], sent.Select(b => b.BaseSequence));
        _delivery.Lost(sent[0], maybeSent: true);
        Assert.False(_delivery.CanSendAgain);
        Assert.False(_delivery.CanTakeNew(5));
        _delivery.Lost(sent[2], maybeSent: true);
        _delivery.Lost(sent[1], maybeSent: true);
        Assert.False(_delivery.CanTakeNew(5));
        Assert.Equal(sent, [Again(), Again(), Again()]);
        Assert.Equal([1, 2, 3], sent.Select(b => b.BaseSequence));
        Assert.True(_delivery.CanTakeNew(5));
        Send();
        Send();
        Assert.False(_delivery.CanTakeNew(5));
    }

    [Fact]
    public void P1_the_first_batch_under_an_identity_goes_alone_since_a_broker_takes_any_number_from_a_stranger()
    {
        _delivery.Adopt(First);
        ProduceBatch first = Send();
        Assert.False(_delivery.CanTakeNew(5));
        Assert.Equal(DeliveryVerdict.Retried, Answer(first, ErrorCode.NotLeaderOrFollower));
        Assert.Same(first, Again());
        Assert.False(_delivery.CanTakeNew(5));
        Assert.Equal(DeliveryVerdict.Acknowledged, Answer(first, ErrorCode.None));
        Assert.True(_delivery.CanTakeNew(5));
    }

    [Theory]
    [InlineData(int.MaxValue, 1, 0)]
    [InlineData(int.MaxValue - 1, 3, 1)]
    [InlineData(int.MaxValue - 2, 2, int.MaxValue)]
    [InlineData(0, 5, 5)]
    public void P2_numbers_go_on_at_0_after_the_largest(int sequence, int count, int next) =>
        Assert.Equal(next, PartitionDelivery.SequenceAfter(sequence, count));

    [Fact]
    public void P3_a_duplicate_is_acknowledged()
    {
        Establish();
        Assert.Equal(DeliveryVerdict.Acknowledged, Answer(Send(), ErrorCode.DuplicateSequenceNumber));
        Assert.False(_delivery.NeedsNewEpoch);
    }

    [Fact]
    public void P3_a_batch_that_may_be_written_and_was_passed_by_a_written_one_is_in_the_log()
    {
        Establish();
        ProduceBatch first = Send();
        ProduceBatch second = Send();
        _delivery.Lost(first, maybeSent: true);
        _delivery.Lost(second, maybeSent: true);
        Again();
        Again();
        Assert.Equal(DeliveryVerdict.Retried, Answer(first, ErrorCode.NotEnoughReplicas));
        Assert.Equal(DeliveryVerdict.Acknowledged, Answer(second, ErrorCode.DuplicateSequenceNumber));
        Assert.Same(first, Again());
        Assert.Equal(DeliveryVerdict.Acknowledged, Answer(first, ErrorCode.OutOfOrderSequenceNumber));
        Assert.False(_delivery.NeedsNewEpoch);
    }

    [Fact]
    public void P4_out_of_order_behind_an_unresolved_batch_is_sent_again_without_a_new_epoch()
    {
        Establish();
        ProduceBatch first = Send();
        ProduceBatch second = Send();
        Assert.Equal(DeliveryVerdict.Retried, Answer(first, ErrorCode.NotEnoughReplicas));
        Assert.Equal(DeliveryVerdict.Retried, Answer(second, ErrorCode.OutOfOrderSequenceNumber));
        Assert.False(_delivery.NeedsNewEpoch);
        Assert.Equal([first, second], [Again(), Again()]);
    }

    [Theory]
    [InlineData(ErrorCode.OutOfOrderSequenceNumber)]
    [InlineData(ErrorCode.InvalidProducerEpoch)]
    public void P4_a_first_batch_that_is_refused_for_its_number_is_renumbered_under_a_new_epoch(ErrorCode error)
    {
        Establish();
        ProduceBatch batch = Send();
        Assert.Equal(DeliveryVerdict.Retried, Answer(batch, error));
        Assert.True(_delivery.NeedsNewEpoch);
        Assert.False(_delivery.CanSendAgain);
        _delivery.Adopt(First);
        Assert.True(_delivery.NeedsNewEpoch);
        _delivery.Adopt(Second);
        Assert.Same(batch, Again());
        Assert.Equal((Second, 0), (batch.Identity, batch.BaseSequence));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void P5_a_batch_that_expires_in_flight_drains_resolves_the_others_and_then_takes_a_new_epoch(bool isLost)
    {
        Establish();
        ProduceBatch dead = Send();
        ProduceBatch later = Send();
        List<ProduceBatch> expired = [];
        dead.Attempts = 1;
        _delivery.Expire(dead.OpenedAt, expired);
        Assert.Equal([dead, later], expired);
        later.IsExpired = false;
        _delivery.Lost(dead, maybeSent: true);
        _delivery.GiveUp(dead);
        Assert.False(_delivery.CanTakeNew(5));
        if (isLost)
        {
            _delivery.Lost(later, maybeSent: true);
        }
        else
        {
            Answer(later, ErrorCode.RequestTimedOut);
        }

        Assert.False(_delivery.NeedsNewEpoch, "the later batch may be written: it is asked for under its old number first");
        Assert.Same(later, Again());
        Assert.Equal((First, 2), (later.Identity, later.BaseSequence));
        DeliveryVerdict verdict = Answer(later, ErrorCode.OutOfOrderSequenceNumber);

        // Both requests can still reach the broker over the connection that is given up, the dead one's first: then the later one is written after this answer.
        Assert.Equal(isLost ? DeliveryVerdict.Failed : DeliveryVerdict.Retried, verdict);
        Assert.Equal(isLost, later.MaybeWritten);
        Assert.True(_delivery.NeedsNewEpoch);
        Assert.False(_delivery.CanTakeNew(5));
        _delivery.Adopt(Second);
        if (!isLost)
        {
            Assert.Same(later, Again());
            Assert.Equal((Second, 0), (later.Identity, later.BaseSequence));
        }
    }

    [Theory]
    [InlineData(ErrorCode.RequestTimedOut, true)]
    [InlineData(ErrorCode.NotEnoughReplicasAfterAppend, true)]
    [InlineData(ErrorCode.NotLeaderOrFollower, true)]
    [InlineData(ErrorCode.UnknownTopicOrPartition, true)]
    [InlineData(ErrorCode.KafkaStorageError, true)]
    [InlineData(ErrorCode.NotEnoughReplicas, false)]
    [InlineData(ErrorCode.CorruptMessage, false)]
    public void P6_answers_that_may_come_after_the_append_leave_it_open(ErrorCode error, bool maybe)
    {
        Establish();
        ProduceBatch batch = Send();
        Assert.Equal(DeliveryVerdict.Retried, Answer(batch, error));
        Assert.Equal(maybe, batch.MaybeWritten);
    }

    [Fact]
    public void P6_a_refusal_does_not_settle_an_attempt_that_nobody_answered()
    {
        Establish();
        ProduceBatch batch = Send();
        _delivery.Lost(batch, maybeSent: true);
        Again();
        Assert.Equal(DeliveryVerdict.Failed, Answer(batch, ErrorCode.TopicAuthorizationFailed));
        Assert.True(batch.MaybeWritten);
    }

    [Fact]
    public void P13_without_idempotence_one_batch_at_a_time_and_the_lost_one_first()
    {
        PartitionDelivery delivery = new(idempotent: false);
        ProduceBatch batch = Open();
        delivery.Sending(batch);
        Assert.False(batch.HasSequence);
        Assert.False(delivery.CanTakeNew(1));
        delivery.Lost(batch, maybeSent: true);
        Assert.False(delivery.CanTakeNew(1));
        Assert.Same(batch, delivery.TakeAgain(int.MaxValue));
    }

    [Fact]
    public void P18_batches_refused_because_of_one_refused_for_good_are_renumbered()
    {
        Establish();
        ProduceBatch refused = Send();
        ProduceBatch next = Send();
        ProduceBatch last = Send();
        Assert.Equal(DeliveryVerdict.Failed, Answer(refused, ErrorCode.InvalidRecord));
        Assert.False(refused.MaybeWritten);
        Assert.Equal(DeliveryVerdict.Retried, Answer(next, ErrorCode.OutOfOrderSequenceNumber));
        Assert.Equal(DeliveryVerdict.Retried, Answer(last, ErrorCode.OutOfOrderSequenceNumber));
        Assert.False(_delivery.NeedsNewEpoch);
        Assert.Same(next, Again());
        Assert.Same(last, Again());
        Assert.Equal([(First, 1), (First, 2)], [(next.Identity, next.BaseSequence), (last.Identity, last.BaseSequence)]);
        Assert.Equal(3, Send().BaseSequence);
    }

    [Fact]
    public void A_batch_that_is_too_long_for_the_request_is_not_taken_again_yet()
    {
        Establish();
        ProduceBatch batch = Send();
        _delivery.Lost(batch, maybeSent: false);
        Assert.Null(_delivery.TakeAgain(batch.WireLength - 1));
        Assert.Same(batch, _delivery.TakeAgain(batch.WireLength));
    }

    private DeliveryVerdict Answer(ProduceBatch batch, ErrorCode error) => _delivery.Answered(batch, new ProduceAnswer(error));

    private void Establish()
    {
        _delivery.Adopt(First);
        Answer(Send(), ErrorCode.None);
    }

    private ProduceBatch Send()
    {
        ProduceBatch batch = Open();
        _delivery.Sending(batch);
        return batch;
    }

    private ProduceBatch Again()
    {
        ProduceBatch batch = _delivery.TakeAgain(int.MaxValue)!;
        _delivery.Sending(batch);
        return batch;
    }

    private ProduceBatch Open()
    {
        byte[] segment = _engine.Segments.Rent(512);
        ProduceBatch batch = _engine.OpenBatch(_queue, _batches++, segment, segment.Length);
        batch.Writer.Append(1, NullableBytes.Null, NullableBytes.Null, default, 0);
        batch.Seal(compress: false);
        return batch;
    }
}
