using HighPerf.Kafka.Producing;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Producing;

/// <summary>The state machine alone: whose numbers are kept, released and used again.</summary>
public sealed class PartitionDeliveryNumbersTests
{
    private static readonly ProducerIdentity First = new(7, 0);
    private static readonly ProducerIdentity Second = new(7, 1);

    private readonly ProducerEngine _engine;
    private readonly PartitionQueue _queue;
    private readonly PartitionDelivery _delivery = new(idempotent: true);
    private int _batches;

    public PartitionDeliveryNumbersTests()
    {
        Simulation simulation = new(1);
        _engine = simulation.CreateClient().CreateProducer<string, string>().Engine;
        _queue = new PartitionQueue(_engine, _engine.GetTopic("t"), 0);
        _delivery.Adopt(First);
    }

    [Fact]
    public void P7_a_broker_that_does_not_know_its_log_is_asked_again_under_the_same_number()
    {
        Establish();
        ProduceBatch batch = Send();
        Assert.Equal(DeliveryVerdict.Retried, Answer(batch, ErrorCode.UnknownProducerId));
        Assert.False(_delivery.NeedsNewEpoch);
        Assert.Same(batch, Again());
        Assert.Equal((First, 1), (batch.Identity, batch.BaseSequence));
    }

    [Fact]
    public void P7_counting_begins_again_when_all_that_was_acknowledged_is_removed()
    {
        Establish(offset: 9);
        ProduceBatch first = Send();
        ProduceBatch second = Send();
        Assert.Equal(DeliveryVerdict.Retried, Answer(first, ErrorCode.UnknownProducerId, logStart: 10));
        Assert.Equal(DeliveryVerdict.Retried, Answer(second, ErrorCode.UnknownProducerId, logStart: 10));
        Assert.False(_delivery.NeedsNewEpoch);
        Assert.Same(first, Again());
        Assert.False(_delivery.CanSendAgain, "a broker takes any number from a stranger: the first goes alone");
        Answer(first, ErrorCode.None);
        Assert.Same(second, Again());
        Assert.Equal([(First, 0), (First, 1)], [(first.Identity, first.BaseSequence), (second.Identity, second.BaseSequence)]);
    }

    [Theory]
    [InlineData(9, 9)]
    [InlineData(9, 0)]
    [InlineData(-1, 5)]
    public void P7_a_new_epoch_when_acknowledged_records_should_still_be_there(long lastOffset, long logStart)
    {
        Establish(lastOffset);
        Assert.Equal(DeliveryVerdict.Retried, Answer(Send(), ErrorCode.UnknownProducerId, logStart: logStart));
        Assert.True(_delivery.NeedsNewEpoch);
    }

    [Fact]
    public void P7_a_new_epoch_when_an_attempt_may_still_be_under_way()
    {
        Establish(offset: 9);
        ProduceBatch batch = Send();
        _delivery.Lost(batch, maybeSent: true);
        Answer(Again(), ErrorCode.None, offset: 10);
        Assert.Equal(DeliveryVerdict.Retried, Answer(Send(), ErrorCode.UnknownProducerId, logStart: 11));
        Assert.True(_delivery.NeedsNewEpoch);
    }

    [Fact]
    public void P14_parts_take_the_place_of_the_whole_and_keep_its_numbers()
    {
        Establish();
        ProduceBatch whole = Send(records: 5);
        ProduceBatch later = Send();
        Assert.Equal(DeliveryVerdict.Divided, Answer(whole, ErrorCode.MessageTooLarge));
        Assert.Equal(DeliveryVerdict.Retried, Answer(later, ErrorCode.OutOfOrderSequenceNumber));
        Assert.False(_delivery.CanSendAgain, "the parts are not made yet");
        Assert.False(_delivery.CanTakeNew(5));
        ProduceBatch[] parts = Divide(whole, 2, 3);
        Assert.Equal([.. parts, later], [Again(), Again(), Again()]);
        Assert.Equal([1, 3, 6], [parts[0].BaseSequence, parts[1].BaseSequence, later.BaseSequence]);
        Assert.All(parts, part => Assert.Equal(First, part.Identity));
        Assert.False(_delivery.NeedsNewEpoch);
        Assert.Equal(7, Send().BaseSequence);
    }

    [Fact]
    public void P14_parts_of_parts_stay_in_order_and_at_most_five_are_in_flight()
    {
        Establish();
        ProduceBatch whole = Send(records: 8);
        Answer(whole, ErrorCode.MessageTooLarge);
        ProduceBatch[] halves = Divide(whole, 4, 4);
        Assert.Equal(halves, [Again(), Again()]);
        Answer(halves[0], ErrorCode.RecordListTooLarge);
        Answer(halves[1], ErrorCode.MessageTooLarge);
        ProduceBatch[] back = Divide(halves[1], 1, 1, 1, 1);
        ProduceBatch[] front = Divide(halves[0], 1, 1, 1, 1);
        Assert.Equal([.. front, back[0]], [Again(), Again(), Again(), Again(), Again()]);
        Assert.False(_delivery.CanSendAgain);
        Assert.False(_delivery.CanTakeNew(5));
        Answer(front[0], ErrorCode.None);
        Assert.Same(back[1], Again());
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], [.. front.Concat(back).Select(part => part.BaseSequence)]);
    }

    [Fact]
    public void P14_P2_the_numbers_of_parts_go_on_at_0_after_the_largest()
    {
        PartitionDelivery delivery = new(idempotent: true) { FirstSequence = int.MaxValue - 1 };
        delivery.Adopt(First);
        ProduceBatch whole = Open(records: 4);
        delivery.Sending(whole);
        Assert.Equal(DeliveryVerdict.Divided, delivery.Answered(whole, new ProduceAnswer(ErrorCode.MessageTooLarge)));
        ProduceBatch[] parts = [Part(whole, 1), Part(whole, 1), Part(whole, 2)];
        delivery.Replace(whole, parts, keepNumbers: true);
        Assert.Equal([int.MaxValue - 1, int.MaxValue, 0], parts.Select(part => part.BaseSequence));
    }

    [Fact]
    public void P14_one_record_that_is_too_large_fails_alone()
    {
        Establish();
        ProduceBatch large = Send();
        ProduceBatch later = Send();
        Assert.Equal(DeliveryVerdict.Failed, Answer(large, ErrorCode.MessageTooLarge));
        Assert.False(large.MaybeWritten);
        Answer(later, ErrorCode.OutOfOrderSequenceNumber);
        Assert.Same(later, Again());
        Assert.Equal((First, 1), (later.Identity, later.BaseSequence));
    }

    [Fact]
    public void P14_without_idempotence_parts_go_one_after_the_other()
    {
        PartitionDelivery delivery = new(idempotent: false);
        ProduceBatch whole = Open(records: 2);
        delivery.Sending(whole);
        delivery.Answered(whole, new ProduceAnswer(ErrorCode.MessageTooLarge));
        ProduceBatch[] parts = [Part(whole, 1), Part(whole, 1)];
        delivery.Replace(whole, parts, keepNumbers: true);
        Assert.Same(parts[0], delivery.TakeAgain(int.MaxValue));
        delivery.Sending(parts[0]);
        Assert.Null(delivery.TakeAgain(int.MaxValue));
        delivery.Answered(parts[0], new ProduceAnswer(ErrorCode.None));
        Assert.Same(parts[1], delivery.TakeAgain(int.MaxValue));
        Assert.False(parts[1].HasSequence);
    }

    [Fact]
    public void P14_parts_of_a_batch_that_may_be_written_are_not_written_twice()
    {
        Establish();
        ProduceBatch whole = Send(records: 4);
        _delivery.Lost(whole, maybeSent: true);
        Again();
        Answer(whole, ErrorCode.MessageTooLarge);
        ProduceBatch[] parts = Divide(whole, 2, 2);
        Again();
        Again();
        Assert.Equal(DeliveryVerdict.Failed, Answer(parts[0], ErrorCode.OutOfOrderSequenceNumber));
        Assert.Equal(DeliveryVerdict.Failed, Answer(parts[1], ErrorCode.OutOfOrderSequenceNumber));
        Assert.All(parts, part => Assert.True(part.MaybeWritten));
        Assert.True(_delivery.NeedsNewEpoch);
    }

    [Fact]
    public void P14_the_first_part_that_is_written_shows_that_the_whole_was_not()
    {
        Establish();
        ProduceBatch whole = Send(records: 4);
        _delivery.Lost(whole, maybeSent: true);
        Again();
        Answer(whole, ErrorCode.MessageTooLarge);
        ProduceBatch[] parts = Divide(whole, 2, 2);
        Again();
        Assert.Equal(DeliveryVerdict.Acknowledged, Answer(parts[0], ErrorCode.None));
        Assert.False(parts[1].MaybeWritten || parts[1].IsUnresolved);
    }

    [Fact]
    public void P14_what_is_left_without_refused_records_gets_the_released_numbers()
    {
        Establish();
        ProduceBatch whole = Send(records: 5);
        ProduceBatch later = Send(records: 2);
        Assert.Equal(DeliveryVerdict.Culled, Answer(whole, ErrorCode.InvalidRecord, names: true));
        Assert.Equal(DeliveryVerdict.Retried, Answer(later, ErrorCode.OutOfOrderSequenceNumber));
        ProduceBatch rest = Part(whole, 3);
        _delivery.Replace(whole, [rest], keepNumbers: false);
        Assert.Same(rest, Again());
        Assert.Same(later, Again());
        Assert.Equal([(First, 1), (First, 4)], [(rest.Identity, rest.BaseSequence), (later.Identity, later.BaseSequence)]);
        Assert.Equal(6, Send().BaseSequence);
    }

    [Fact]
    public void P14_a_batch_that_may_be_written_is_refused_as_a_whole()
    {
        Establish();
        ProduceBatch batch = Send(records: 3);
        _delivery.Lost(batch, maybeSent: true);
        Again();
        Assert.Equal(DeliveryVerdict.Failed, Answer(batch, ErrorCode.InvalidRecord, names: true));
        Assert.True(batch.MaybeWritten);
        Assert.True(_delivery.NeedsNewEpoch);
    }

    [Fact]
    public void P18_a_new_epoch_when_a_later_batch_may_be_written()
    {
        Establish();
        ProduceBatch refused = Send();
        ProduceBatch later = Send();
        Answer(refused, ErrorCode.TopicAuthorizationFailed);
        _delivery.Lost(later, maybeSent: true);
        Assert.False(_delivery.NeedsNewEpoch, "the later batch is asked for under its old number first");
        Assert.Same(later, Again());
        Assert.Equal((First, 2), (later.Identity, later.BaseSequence));
        Answer(later, ErrorCode.OutOfOrderSequenceNumber);
        Assert.True(_delivery.NeedsNewEpoch);
        _delivery.Adopt(Second);
        Assert.Same(Again(), later);
        Assert.Equal((Second, 0), (later.Identity, later.BaseSequence));
    }

    [Fact]
    public void P18_a_new_epoch_when_an_earlier_attempt_of_the_refused_batch_may_be_under_way()
    {
        Establish();
        ProduceBatch refused = Send();
        _delivery.Lost(refused, maybeSent: true);
        Again();
        Answer(refused, ErrorCode.TopicAuthorizationFailed);
        Assert.True(_delivery.NeedsNewEpoch);
    }

    [Fact]
    public void P18_only_what_comes_behind_the_first_refused_batch_is_renumbered()
    {
        Establish();
        ProduceBatch waits = Send();
        ProduceBatch refused = Send(records: 2);
        ProduceBatch refusedToo = Send(records: 3);
        ProduceBatch last = Send();
        Answer(waits, ErrorCode.NotEnoughReplicas);
        Answer(refused, ErrorCode.TopicAuthorizationFailed);
        Answer(refusedToo, ErrorCode.TopicAuthorizationFailed);
        Answer(last, ErrorCode.OutOfOrderSequenceNumber);
        Assert.Same(waits, Again());
        Assert.Same(last, Again());
        Assert.Equal([(First, 1), (First, 2)], [(waits.Identity, waits.BaseSequence), (last.Identity, last.BaseSequence)]);
    }

    [Fact]
    public void P18_nothing_is_renumbered_when_the_broker_wrote_a_later_batch()
    {
        Establish();
        ProduceBatch refused = Send();
        ProduceBatch written = Send();
        ProduceBatch last = Send();
        Answer(refused, ErrorCode.TopicAuthorizationFailed);
        Assert.Equal(DeliveryVerdict.Acknowledged, Answer(written, ErrorCode.None));
        Answer(last, ErrorCode.OutOfOrderSequenceNumber);
        Assert.True(_delivery.NeedsNewEpoch);
    }

    [Fact]
    public void P5_a_batch_that_expires_after_refusals_alone_releases_its_numbers()
    {
        Establish();
        ProduceBatch expires = Send();
        Answer(expires, ErrorCode.NotEnoughReplicas);
        _delivery.Expire(expires.OpenedAt, []);
        Assert.False(_delivery.NeedsNewEpoch);
        Assert.True(_delivery.CanTakeNew(5));
        Assert.Equal(1, Send().BaseSequence);
    }

    [Theory]
    [InlineData(ErrorCode.OutOfOrderSequenceNumber)]
    [InlineData(ErrorCode.UnknownProducerId)]
    [InlineData(ErrorCode.InvalidProducerEpoch)]
    public void P3_a_batch_that_was_passed_is_in_the_log_whatever_its_number_is_told(ErrorCode error)
    {
        Establish();
        ProduceBatch first = Send();
        ProduceBatch second = Send();
        _delivery.Lost(first, maybeSent: true);
        _delivery.Lost(second, maybeSent: true);
        Again();
        Again();
        Answer(first, ErrorCode.NotEnoughReplicas);
        Answer(second, ErrorCode.DuplicateSequenceNumber);
        Assert.Equal(DeliveryVerdict.Acknowledged, Answer(Again(), error, logStart: 0));
    }

    private DeliveryVerdict Answer(ProduceBatch batch, ErrorCode error, long offset = -1, long logStart = -1, bool names = false) =>
        _delivery.Answered(batch, new ProduceAnswer(error, offset, -1, logStart, names));

    private void Establish(long offset = -1) => Answer(Send(), ErrorCode.None, offset);

    private ProduceBatch Send(int records = 1)
    {
        Assert.True(_delivery.CanTakeNew(5));
        ProduceBatch batch = Open(records);
        _delivery.Sending(batch);
        return batch;
    }

    private ProduceBatch Again()
    {
        ProduceBatch batch = _delivery.TakeAgain(int.MaxValue)!;
        _delivery.Sending(batch);
        return batch;
    }

    private ProduceBatch[] Divide(ProduceBatch whole, params int[] records)
    {
        ProduceBatch[] parts = [.. records.Select(count => Part(whole, count))];
        _delivery.Replace(whole, parts, keepNumbers: true);
        return parts;
    }

    private ProduceBatch Part(ProduceBatch whole, int records) => Open(records, whole.Order);

    private ProduceBatch Open(int records, long? order = null)
    {
        byte[] segment = _engine.Segments.Rent(512);
        ProduceBatch batch = _engine.OpenBatch(_queue, order ?? _batches++, segment, segment.Length);
        for (int i = 0; i < records; i++)
        {
            batch.Writer.Append(1, NullableBytes.Null, NullableBytes.Null, default, 0);
        }

        batch.Seal(compress: false);
        return batch;
    }
}
