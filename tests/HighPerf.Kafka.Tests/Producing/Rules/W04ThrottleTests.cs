using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>W4: the client waits out throttle_time_ms itself (KIP-219).</summary>
public sealed class W04ThrottleTests
{
    [Fact]
    public void W4_nothing_is_produced_while_the_broker_throttles() => new ProducerWorld().Run(async world =>
    {
        await world.Send("a");
        world.Faults.Throttle(RequestMatch.Of(ApiKey.Produce).Once(), TimeSpan.FromSeconds(3));
        await world.Send("b"); // acknowledged at once: only what follows waits
        List<Task> sends = [];
        for (int i = 0; i < 20; i++)
        {
            sends.Add(world.Send($"v{i}"));
            await world.Delay(0.05);
        }

        Assert.DoesNotContain(sends, send => send.IsCompleted);
        await Task.WhenAll(sends);
        List<SentBatch> batches = world.Batches();
        Assert.Equal("0/1 b None", batches[1].ToString());
        Assert.True(batches[2].Request.Time - batches[1].Request.EndTime >= TimeSpan.FromSeconds(3));
        Assert.Equal(22, world.LogValues().Length);
        Assert.Equal(20, batches[2].Values.Count); // what gathered meanwhile goes together
    });

    [Fact]
    public void W4_a_throttled_broker_does_not_hold_up_another() =>
        new ProducerWorld(cluster: new KafkaTestClusterOptions { Brokers = 2 }) { Partitions = 2 }.Run(async world =>
        {
            await world.Send("a", partition: 0);
            await world.Send("b", partition: 1);
            int leader = await world.Cluster.GetLeaderAsync(ProducerWorld.Topic, 0);
            Assert.NotEqual(leader, await world.Cluster.GetLeaderAsync(ProducerWorld.Topic, 1));
            world.Faults.Throttle(new RequestMatch { ApiKey = ApiKey.Produce, Broker = leader, Times = 1 }, TimeSpan.FromSeconds(10));
            await world.Send("c", partition: 0);
            Task<RecordMetadata> held = world.Send("d", partition: 0);
            TimeSpan before = world.Simulation.Now;
            await world.Send("e", partition: 1);
            Assert.True(world.Simulation.Now - before < TimeSpan.FromSeconds(1));
            Assert.False(held.IsCompleted);
            await held;
        });
}
