using HighPerf.Kafka.Producing;
using HighPerf.Kafka.Tests.Producing.Rules;

namespace HighPerf.Kafka.Tests.Producing;

/// <summary>What a producer holds: nothing beyond its cap, and next to nothing when it has nothing to do.</summary>
public sealed class ProducerMemoryTests
{
    [Fact]
    public void A_producer_without_work_gives_its_spare_memory_back() => new ProducerWorld { Partitions = 100 }.Run(async world =>
    {
        await BurstAsync(world);
        Assert.True(world.Producer.Engine.Segments.IdleBytes > 4_000_000);
        await world.Delay(20);
        Assert.Equal(0, world.Producer.Engine.Segments.IdleBytes);
        await BurstAsync(world); // and takes it again
        await world.Delay(20);
        Assert.Equal(0, world.Producer.Engine.Segments.IdleBytes);
    });

    [Fact]
    public void A_producer_with_little_work_keeps_what_that_takes() => new ProducerWorld { Partitions = 100 }.Run(async world =>
    {
        await BurstAsync(world);
        for (int i = 0; i < 2000; i++)
        {
            await world.Send($"{i}", partition: i % 100);
            await world.Delay(0.1);
        }

        Assert.InRange(world.Producer.Engine.Segments.IdleBytes, 1, 512 * 1024);
    });

    [Fact]
    public void Who_waits_for_records_counts_as_memory_until_he_is_told() => new ProducerWorld().Run(async world =>
    {
        await world.Send("warm");
        ProducerEngine engine = world.Producer.Engine;
        world.Faults.Delay(ApiKey.Produce, TimeSpan.FromSeconds(1));
        Task<RecordMetadata>[] sending = [.. Enumerable.Range(0, 64 * 5).Select(i => world.Send($"{i}"))];
        Assert.InRange(engine.Memory.Used - engine.Segments.OutstandingBytes, 5 * AckBlock.Bytes, 7 * AckBlock.Bytes);
        await Task.WhenAll(sending);
        await world.Delay(1);
        Assert.Equal(0, engine.Memory.Used);
    });

    private static async Task BurstAsync(ProducerWorld world)
    {
        string value = new('v', 10_000);
        for (int i = 0; i < 2000; i++)
        {
            await world.Producer.EnqueueAsync(new ProduceRecord<string?, string>(ProducerWorld.Topic, null, value) { Partition = i % 100 });
        }

        await world.Producer.FlushAsync();
    }
}
