using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>KIP-951: a broker that does not lead a partition any more says who does, and nobody else need be asked.</summary>
public sealed class LeaderHintTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    [Fact]
    public void KIP951_what_a_former_leader_refuses_goes_to_the_one_it_names_at_once() => World().Run(async world =>
    {
        await world.SendAll("a", "b");
        int leader = await world.Cluster.GetLeaderAsync(ProducerWorld.Topic, 0);
        await world.Cluster.MoveLeaderAsync(ProducerWorld.Topic, 0, 3 - leader);
        world.Faults.Delay(ApiKey.Metadata, Long);
        TimeSpan before = world.Simulation.Now;
        await world.Send("c");
        Assert.InRange(world.Simulation.Now - before, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        await world.Send("d");
        Assert.Equal(["a", "b", "c", "d"], world.LogValues());
        world.Faults.Clear();
    });

    [Fact]
    public void KIP951_a_name_that_is_not_newer_than_what_is_known_changes_nothing() => World().Run(async world =>
    {
        await world.SendAll("a", "b");
        int leader = await world.Cluster.GetLeaderAsync(ProducerWorld.Topic, 0);
        world.Change(AnswerChange.Refuse(ErrorCode.NotLeaderOrFollower, partition => partition["currentLeader"] = new System.Text.Json.Nodes.JsonObject
        {
            ["leaderId"] = 3 - leader, ["leaderEpoch"] = 0,
        }));
        TimeSpan before = world.Simulation.Now;
        await world.Send("c");
        Assert.InRange(world.Simulation.Now - before, Long, Long + TimeSpan.FromSeconds(1)); // the pause before the next attempt
        Assert.Single(world.Batches().Select(batch => batch.Request.Broker).Distinct());
    });

    private static ProducerWorld World() => new(
        new ProducerOptions { RetryBackoff = Long }, new KafkaTestClusterOptions { Brokers = 2, DefaultReplicationFactor = 2 });
}
