using HighPerf.Kafka.Producing;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>P2: sequence numbers go on at 0 after 2^31 - 1, also in the middle of a batch.</summary>
public sealed class P02SequenceWrapTests
{
    private static readonly ProducerOptions Gathering = new() { Linger = TimeSpan.FromMilliseconds(10) };

    [Theory]
    [InlineData(int.MaxValue - 1, 2)]
    [InlineData(int.MaxValue, 3)]
    [InlineData(int.MaxValue - 3, 0)]
    public void P2_numbers_wrap_in_the_middle_of_a_batch(int first, int next) => new ProducerWorld(Gathering).Run(async world =>
    {
        await BeginAt(world, first);
        await world.SendAll("a", "b", "c", "d");
        await world.Send("e");
        await world.Send("f");
        Assert.Equal([$"0/{first} a,b,c,d None", $"0/{next} e None", $"0/{next + 1} f None"], world.Seen());
        Assert.Equal(["a", "b", "c", "d", "e", "f"], world.LogValues());
    });

    [Fact]
    public void P2_a_batch_that_wraps_is_retried_the_same_and_written_once() => new ProducerWorld(Gathering).Run(async world =>
    {
        await BeginAt(world, int.MaxValue - 2);
        await world.Send("a");
        world.Faults.LoseAnswer(RequestMatch.Of(ApiKey.Produce).Once());
        await world.SendAll("b", "c", "d");
        await world.Send("e");
        Assert.Equal(
            [$"0/{int.MaxValue - 2} a None", $"0/{int.MaxValue - 1} b,c,d -", $"0/{int.MaxValue - 1} b,c,d None", "0/1 e None"], world.Seen());
        Assert.Equal(["a", "b", "c", "d", "e"], world.LogValues());
    });

    /// <summary>A broker takes any first number of a producer that it does not know (KIP-360).</summary>
    internal static async Task BeginAt(ProducerWorld world, int first)
    {
        ProducerTopic topic = world.Producer.Engine.GetTopic(ProducerWorld.Topic);
        await world.Producer.Engine.LearnAsync(topic, world.Simulation.Now, default);
        topic[0].Delivery.FirstSequence = first;
    }
}
