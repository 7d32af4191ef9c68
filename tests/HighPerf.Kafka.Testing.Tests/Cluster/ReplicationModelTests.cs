namespace HighPerf.Kafka.Testing.Tests.Cluster;

public sealed class ReplicationModelTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 2)]
    [InlineData(50, 1)]
    [InlineData(50, 2)]
    public void What_is_committed_stays_whatever_happens(int delayMs, int minInSync)
    {
        int elections = 0;
        int losses = 0;
        for (ulong seed = 1; seed <= 12; seed++)
        {
            KafkaTestClusterOptions options = new() { Brokers = 3, DefaultReplicationFactor = 3, ReplicationDelay = TimeSpan.FromMilliseconds(delayMs) };
            options.BrokerSettings["min.insync.replicas"] = $"{minInSync}";
            TestBroker.Simulate(
                async broker =>
                {
                    await broker.CreateTopicAsync("t");
                    ReplicationModel model = new(broker, broker.Model.Topics.Find("t")!.Partitions[0], seed);
                    for (int i = 0; i < 120; i++)
                    {
                        await model.StepAsync();
                    }

                    elections += model.Elections;
                    losses += model.Losses;
                },
                options,
                seed: seed);
        }

        // The histories are worth something: leaders changed often, and now and then something was really lost.
        Assert.True(elections > 100, $"{elections} elections");
        Assert.True(losses > 0);
    }
}
