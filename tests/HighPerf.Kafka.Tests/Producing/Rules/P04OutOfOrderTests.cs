using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>P4: OUT_OF_ORDER_SEQUENCE_NUMBER behind a missing batch is retried; with nothing missing the epoch is raised.</summary>
public sealed class P04OutOfOrderTests
{
    [Fact]
    public void P4_batches_refused_behind_a_missing_one_are_sent_again_under_their_numbers() => new ProducerWorld().Run(async world =>
    {
        await world.Send("a");
        world.Faults.Fail(RequestMatch.Of(ApiKey.Produce).Once(), ErrorCode.NotEnoughReplicas);
        await world.SendApart("b", "c", "d");
        List<SentBatch> refused = world.Batches().FindAll(batch => batch.Answer == ErrorCode.OutOfOrderSequenceNumber);
        Assert.NotEmpty(refused);
        Assert.All(world.Batches(), batch => Assert.Equal(0, batch.Header.ProducerEpoch));
        Assert.All(refused, batch => Assert.Contains(world.Batches(), again => again.Bytes == batch.Bytes && again.Answer == ErrorCode.None));
        Assert.Equal(["a", "b", "c", "d"], world.LogValues());
        Assert.Equal(1, world.IdentitiesAsked);
    });

    [Fact]
    public void P4_a_refused_batch_with_nothing_missing_before_it_raises_the_epoch() => new ProducerWorld().Run(async world =>
    {
        await world.SendAll("a", "b");
        world.Faults.Fail(RequestMatch.Of(ApiKey.Produce).Once(), ErrorCode.OutOfOrderSequenceNumber);
        await world.Send("c");
        await world.Send("d");
        Assert.EndsWith("c OutOfOrderSequenceNumber|1/0 c None|1/1 d None", string.Join('|', world.Seen()));
        Assert.Equal(["a", "b", "c", "d"], world.LogValues());
    });
}
