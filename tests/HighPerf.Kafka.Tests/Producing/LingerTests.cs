using HighPerf.Kafka.Testing;
using HighPerf.Kafka.Tests.Producing.Rules;

namespace HighPerf.Kafka.Tests.Producing;

public sealed class LingerTests
{
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(100);

    [Fact]
    public void What_lingers_for_a_broker_goes_with_the_first_that_is_due() => World(brokers: 1).Run(async world =>
    {
        await WarmUpAsync(world);
        TimeSpan before = world.Simulation.Now;
        Task<RecordMetadata> first = world.Send("a", partition: 0);
        await world.Delay(TimeSpan.FromMilliseconds(40));
        Task<RecordMetadata> second = world.Send("b", partition: 1);
        await world.Delay(TimeSpan.FromMilliseconds(40));
        Task<RecordMetadata> third = world.Send("c", partition: 2);
        await Task.WhenAll(first, second, third);
        Assert.InRange(world.Simulation.Now - before, Linger, Linger + TimeSpan.FromMilliseconds(30));
        Assert.Single(Enumerable.Range(0, 3).Select(partition => world.Batches(partition)[^1].Request.Number).Distinct());
    });

    [Fact]
    public void What_lingers_for_another_broker_lingers_on() => World(brokers: 3).Run(async world =>
    {
        await WarmUpAsync(world);
        TimeSpan before = world.Simulation.Now;
        Task<RecordMetadata> first = world.Send("a", partition: 0);
        await world.Delay(TimeSpan.FromMilliseconds(40));
        Task<RecordMetadata> second = world.Send("b", partition: 1);
        await first;
        Assert.InRange(world.Simulation.Now - before, Linger, Linger + TimeSpan.FromMilliseconds(30));
        await second;
        Assert.InRange(world.Simulation.Now - before, Linger + TimeSpan.FromMilliseconds(40), Linger + TimeSpan.FromMilliseconds(70));
    });

    [Fact]
    public void A_flush_ends_the_lingering_of_all() => World(brokers: 3).Run(async world =>
    {
        await WarmUpAsync(world);
        TimeSpan before = world.Simulation.Now;
        Task<RecordMetadata>[] sending = [.. Enumerable.Range(0, 3).Select(partition => world.Send($"x {partition}", partition: partition))];
        await world.Producer.FlushAsync();
        await Task.WhenAll(sending);
        Assert.InRange(world.Simulation.Now - before, TimeSpan.Zero, Linger / 2);
    });

    private static ProducerWorld World(int brokers) => new(
        new ProducerOptions { Linger = Linger }, new KafkaTestClusterOptions { Brokers = brokers, DefaultReplicationFactor = 1 }) { Partitions = 3 };

    // Connections, and the one batch that goes alone under a new identity.
    private static async Task WarmUpAsync(ProducerWorld world)
    {
        for (int i = 0; i < 2; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, 3).Select(partition => world.Send($"warm {i} {partition}", partition: partition)));
        }
    }
}
