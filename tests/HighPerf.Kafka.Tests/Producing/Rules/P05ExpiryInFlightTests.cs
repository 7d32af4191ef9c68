using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>P5: a batch that expires in flight leaves its number unresolved: drain, raise the epoch, never use the number again.</summary>
public sealed class P05ExpiryInFlightTests
{
    private static ProducerOptions Options => new()
    {
        DeliveryTimeout = TimeSpan.FromSeconds(2), RequestTimeout = TimeSpan.FromSeconds(2), MaxInFlightRequestsPerBroker = 5,
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void P5_its_number_is_never_used_again_and_what_follows_goes_under_a_new_epoch(bool isWritten) => new ProducerWorld(Options).Run(async world =>
    {
        await world.Send("a");
        FaultRule silence = isWritten ? world.Faults.SilenceAnswer(ApiKey.Produce) : world.Faults.LoseRequest(ApiKey.Produce);
        Task<RecordMetadata> dead = world.Send("dead");
        KafkaProduceException e = await ProducerWorld.Failure(dead);
        Assert.Equal(DeliveryOutcome.MaybeWritten, e.Outcome);
        silence.Remove();
        await world.Send("b");
        await world.Send("c");
        Assert.All(world.Batches().Where(b => b.Header is { ProducerEpoch: 0, BaseSequence: > 0 }), b => Assert.Equal(["dead"], b.Values));
        Assert.Equal(["1/0 b None", "1/1 c None"], world.Seen()[^2..]);
        Assert.Equal(isWritten ? ["a", "dead", "b", "c"] : ["a", "b", "c"], world.LogValues());
        Assert.Equal(1, world.IdentitiesAsked);
    });

    [Fact]
    public void P5_nothing_goes_out_while_answers_are_missing_not_even_retries() => new ProducerWorld(Options).Run(async world =>
    {
        await world.Send("a");
        HeldRequests held = world.Faults.Hold(RequestMatch.Of(ApiKey.Produce).Once());
        Task<RecordMetadata> dead = world.Send("dead");
        await held.WaitForHeldAsync();
        await world.Delay(1.9);
        Task<RecordMetadata> later = world.Send("later");
        await ProducerWorld.Failure(dead);
        Assert.Equal(2, world.Batches().Count);

        // Both may still reach the broker over the connection that was given up: the later one is asked for under its old number, and not sent under another.
        Assert.Equal(DeliveryOutcome.MaybeWritten, (await ProducerWorld.Failure(later)).Outcome);
        await world.Send("b");
        Assert.Equal(["0/0 a None", "0/1 dead -", "0/2 later OutOfOrderSequenceNumber", "1/0 b None"], world.Seen());
        Assert.Equal(["a", "b"], world.LogValues());
    });
}
