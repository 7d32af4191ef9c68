using HighPerf.Kafka.Tests.Producing.Rules;

namespace HighPerf.Kafka.Tests.Producing;

/// <summary>The whole producer before a link that is slower than its callers: waiting in memory must not become the latency of records.</summary>
public sealed class QueueingLatencyTests
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RoundTrip = 5 * Pace;

    /// <summary>
    /// The broker takes a request of up to a megabyte every 200 ms, and 64 MB of memory would be 13 seconds of that, at least. What five requests and one more
    /// hold is always admitted, and has passed within two round trips.
    /// </summary>
    [Fact]
    public void A_record_waits_for_about_a_round_trip_and_not_for_a_full_memory() => new ProducerWorld { Partitions = 8 }.Run(async world =>
    {
        LatencyWatch watch = new(world);
        string value = new('v', 64 * 1024);
        await world.SendAll("warm");
        world.Faults.Delay(ApiKey.Produce, Pace);
        TimeSpan begun = world.Simulation.Now;
        for (int i = 0; i < 3000; i++)
        {
            ProduceRecord<string?, string> record = new(ProducerWorld.Topic, null, value) { Partition = i % 8 };
            await world.Producer.EnqueueAsync(record, watch, null, world.Simulation.Now.Ticks);
        }

        await world.Producer.FlushAsync();
        double rate = 3000 * 64 * 1024 / (world.Simulation.Now - begun).TotalSeconds;
        Assert.InRange(rate, 3e6, 5.3e6); // the link is kept busy
        Assert.InRange(watch.LongestOfTheLastHalf(), RoundTrip, 2.5 * RoundTrip);
        Assert.True(world.Producer.Engine.Memory.Capacity > 10 * rate);
        world.Faults.Clear();
    });

    private sealed class LatencyWatch(ProducerWorld world) : IDeliveryHandler
    {
        private readonly List<TimeSpan> _latencies = [];

        public void OnDelivered(in DeliveryReport report)
        {
            Assert.Null(report.Error);
            _latencies.Add(world.Simulation.Now - TimeSpan.FromTicks(report.Context));
        }

        public TimeSpan LongestOfTheLastHalf() => _latencies.Skip(_latencies.Count / 2).Max();
    }
}
