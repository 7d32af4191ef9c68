using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>P18: a batch refused for good releases its numbers: those refused because of it are renumbered; otherwise drain and raise the epoch.</summary>
public sealed class P18RefusedBatchTests
{
    [Theory]
    [InlineData(ErrorCode.TopicAuthorizationFailed)]
    [InlineData(ErrorCode.InvalidRecord)]
    [InlineData(ErrorCode.UnsupportedCompressionType)]
    public void P18_batches_refused_because_of_it_are_renumbered_under_the_same_epoch(ErrorCode error) => new ProducerWorld().Run(async world =>
    {
        await world.Send("warm");
        world.Faults.Fail(RequestMatch.Of(ApiKey.Produce).Once(), error);
        Task<RecordMetadata> refused = world.Send("refused");
        await world.Delay(TimeSpan.FromMicroseconds(10));
        await world.SendApart("a", "b", "c");
        KafkaProduceException e = await ProducerWorld.Failure(refused);
        Assert.Equal((DeliveryOutcome.NotWritten, error), (e.Outcome, e.Code));
        await world.Send("d");
        Assert.Equal(
            ["0/0 warm None", $"0/1 refused {error}", "0/2 a OutOfOrderSequenceNumber", "0/3 b OutOfOrderSequenceNumber", "0/4 c OutOfOrderSequenceNumber",
                "0/1 a None", "0/2 b None", "0/3 c None", "0/4 d None"],
            world.Seen());
        Assert.Equal(["warm", "a", "b", "c", "d"], world.LogValues());
        Assert.Equal(1, world.IdentitiesAsked);
    });

    [Fact]
    public void P18_a_refused_batch_with_nothing_behind_it_costs_nothing() => new ProducerWorld().Run(async world =>
    {
        await world.Send("warm");
        world.Faults.Fail(RequestMatch.Of(ApiKey.Produce) with { Times = 2 }, ErrorCode.TopicAuthorizationFailed);
        await ProducerWorld.Failure(world.Send("a"));
        await ProducerWorld.Failure(world.Send("b"));
        await world.Send("c");
        Assert.Equal(["0/1 a TopicAuthorizationFailed", "0/1 b TopicAuthorizationFailed", "0/1 c None"], world.Seen()[1..]);
        Assert.Equal(1, world.IdentitiesAsked);
    });

    [Fact]
    public void P18_the_epoch_is_raised_when_a_batch_behind_it_got_no_answer() => new ProducerWorld().Run(async world =>
    {
        await world.Send("warm");
        world.Faults.Fail(RequestMatch.Of(ApiKey.Produce).Once(), ErrorCode.TopicAuthorizationFailed);
        world.Faults.LoseAnswer(RequestMatch.Of(ApiKey.Produce).Once());
        Task<RecordMetadata> refused = world.Send("refused");
        await world.Delay(TimeSpan.FromMicroseconds(10));
        await world.SendApart("a", "b");
        await ProducerWorld.Failure(refused);
        string[] seen = world.Seen();
        Assert.Contains("0/2 a -", seen);
        Assert.Contains("0/2 a OutOfOrderSequenceNumber", seen); // asked for under its old number first
        Assert.Contains("1/0 a None", seen);
        Assert.Equal(["warm", "a", "b"], world.LogValues());
        Assert.Equal(1, world.IdentitiesAsked);
    });

    [Fact]
    public void P18_other_partitions_go_on_under_their_numbers() => new ProducerWorld { Partitions = 2 }.Run(async world =>
    {
        await world.Send("a", partition: 0);
        await world.Send("b", partition: 1);
        world.Faults.Fail(RequestMatch.Of(ApiKey.Produce).Once(), ErrorCode.OutOfOrderSequenceNumber, ProducerWorld.Topic, 0);
        await world.Send("c", partition: 0);
        await world.Send("d", partition: 1);
        Assert.Equal("1/0 c None", world.Seen(0)[^1]);
        Assert.All(world.Batches(1), batch => Assert.Equal(ErrorCode.None, batch.Answer));
        Assert.Equal(["b", "d"], world.LogValues(1));
    });
}
