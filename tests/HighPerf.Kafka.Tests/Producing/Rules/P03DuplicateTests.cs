using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>P3: DUPLICATE_SEQUENCE_NUMBER is success; the offset may be unknown.</summary>
public sealed class P03DuplicateTests
{
    [Fact]
    public void P3_a_batch_that_the_broker_knows_already_succeeds_without_an_offset() => new ProducerWorld().Run(async world =>
    {
        await world.Send("a");
        world.Faults.FailAfterApplying(RequestMatch.Of(ApiKey.Produce).Once(), ErrorCode.DuplicateSequenceNumber);
        Assert.Equal(-1, (await world.Send("b")).Offset);
        Assert.Equal(2, (await world.Send("c")).Offset);
        Assert.Equal(["0/0 a None", "0/1 b DuplicateSequenceNumber", "0/2 c None"], world.Seen());
        Assert.Equal(1, world.IdentitiesAsked);
    });

    [Fact]
    public void P3_a_batch_whose_answer_was_lost_gets_the_offset_it_has() => new ProducerWorld().Run(async world =>
    {
        await world.Send("a");
        world.Faults.LoseAnswer(RequestMatch.Of(ApiKey.Produce).Once());
        Assert.Equal(1, (await world.Send("b")).Offset);
        Assert.Equal(["a", "b"], world.LogValues());
    });
}
