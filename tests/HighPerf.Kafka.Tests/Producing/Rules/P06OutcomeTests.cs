using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>P6: every failed send carries its outcome: not written, maybe written, written.</summary>
public sealed class P06OutcomeTests
{
    [Theory]
    [InlineData(ErrorCode.NotEnoughReplicas, DeliveryOutcome.NotWritten)]
    [InlineData(ErrorCode.CorruptMessage, DeliveryOutcome.NotWritten)]
    [InlineData(ErrorCode.NotEnoughReplicasAfterAppend, DeliveryOutcome.MaybeWritten)]
    [InlineData(ErrorCode.RequestTimedOut, DeliveryOutcome.MaybeWritten)]
    [InlineData(ErrorCode.NotLeaderOrFollower, DeliveryOutcome.MaybeWritten)]
    [InlineData(ErrorCode.KafkaStorageError, DeliveryOutcome.MaybeWritten)]
    public void P6_what_an_answer_leaves_open_stands_in_the_failure(ErrorCode error, DeliveryOutcome outcome) =>
        new ProducerWorld(ProducerWorld.Short()).Run(async world =>
        {
            await world.Send("a");
            FaultRule rule = world.Faults.Fail(ApiKey.Produce, error);
            KafkaProduceException e = await ProducerWorld.Failure(world.Send("b"));
            Assert.Equal((outcome, error), (e.Outcome, e.Code));
            Assert.True(rule.Hits > 3, "it is tried again until the time is over");
            Assert.All(world.Batches().Skip(1), batch => Assert.Equal("0/1 b", batch.ToString()[..5]));
            rule.Remove();
            await world.Send("c");
        });

    [Theory]
    [InlineData(ErrorCode.TopicAuthorizationFailed, DeliveryOutcome.NotWritten)]
    [InlineData(ErrorCode.InvalidRequiredAcks, DeliveryOutcome.NotWritten)]
    [InlineData(ErrorCode.UnknownServerError, DeliveryOutcome.MaybeWritten)]
    public void P6_a_refusal_for_good_is_told_at_once(ErrorCode error, DeliveryOutcome outcome) => new ProducerWorld().Run(async world =>
    {
        await world.Send("a");
        world.Faults.Fail(RequestMatch.Of(ApiKey.Produce).Once(), error);
        TimeSpan before = world.Simulation.Now;
        KafkaProduceException e = await ProducerWorld.Failure(world.Send("b"));
        Assert.Equal((outcome, error), (e.Outcome, e.Code));
        Assert.True(world.Simulation.Now - before < TimeSpan.FromSeconds(1));
        await world.Send("c");
    });

    [Fact]
    public void P6_a_send_whose_connection_ends_each_time_may_be_written() => new ProducerWorld(ProducerWorld.Short()).Run(async world =>
    {
        await world.Send("a");
        FaultRule rule = world.Faults.LoseAnswer(ApiKey.Produce);
        KafkaProduceException e = await ProducerWorld.Failure(world.Send("b"));
        Assert.Equal((DeliveryOutcome.MaybeWritten, ErrorCode.None), (e.Outcome, e.Code));
        Assert.Equal(["a", "b"], world.LogValues());
        rule.Remove();
        await world.Send("c");
    });

    [Fact]
    public void P6_a_send_that_never_found_a_connection_is_not_written() => new ProducerWorld(ProducerWorld.Short()).Run(async world =>
    {
        await world.Send("a");
        await world.Cluster.KillBrokerAsync(1);
        await world.Delay(1);
        KafkaProduceException e = await ProducerWorld.Failure(world.Send("b"));
        Assert.Equal(DeliveryOutcome.NotWritten, e.Outcome);
        Assert.Contains("DeliveryTimeout", e.Message);
        await world.Cluster.StartBrokerAsync(1);
        await world.Send("c");
        Assert.Equal(["a", "c"], world.LogValues());
    });

    [Fact]
    public void P6_a_failed_batch_behind_which_another_was_written_is_written() => new ProducerWorld(ProducerWorld.Short()).Run(async world =>
    {
        // The first batch is written and its answer lost. From then on it is refused until its time is over, but the second one is acknowledged: numbers have
        // no gaps in a log.
        await world.Send("a");
        world.Faults.LoseAnswer(RequestMatch.Of(ApiKey.Produce).Once());
        world.Faults.Fail(new RequestMatch { ApiKey = ApiKey.Produce, Where = static request => Contains(request, "bbbb"u8) }, ErrorCode.NotEnoughReplicas);
        Task<RecordMetadata> first = world.Send("bbbb");
        await world.Delay(TimeSpan.FromMicroseconds(10));
        Task<RecordMetadata> second = world.Send("cccc");
        Assert.Equal(2, (await second).Offset);
        KafkaProduceException e = await ProducerWorld.Failure(first);
        Assert.Equal((DeliveryOutcome.Written, ErrorCode.NotEnoughReplicas), (e.Outcome, e.Code));
        await world.Send("d");
        Assert.Equal(["a", "bbbb", "cccc", "d"], world.LogValues());
    });

    private static bool Contains(RecordedRequest request, ReadOnlySpan<byte> value) => request.RequestBody.Span.IndexOf(value) >= 0;
}
