using System.Reflection;
using HighPerf.Kafka.Simulation.Tests.Histories;

namespace HighPerf.Kafka.Simulation.Tests;

public class ProducerHistoryTests
{
    /// <summary>Failing seeds are kept here when they have been mended.</summary>
    public static TheoryData<ulong> FixedSeeds => [1, 2, 3, 49, 146, 147, 236, 102374];

    [Theory]
    [MemberData(nameof(FixedSeeds))]
    public void Producers_keep_their_promises_whatever_the_broker_does(ulong seed) => Check(seed);

    [Fact]
    public void Many_seeds_of_producers_keep_their_promises()
    {
        int acknowledged = 0;
        for (ulong seed = 5000; seed < 5200; seed++)
        {
            acknowledged += Check(seed).Acknowledged;
        }

        Assert.True(acknowledged > 1000);
    }

    [Fact]
    public void The_same_seed_gives_the_same_history() => Assert.Equal(ProducerHistory.Run(11).Hash, ProducerHistory.Run(11).Hash);

    [Fact]
    public void Producers_keep_their_promises_while_brokers_come_and_go()
    {
        int acknowledged = 0;
        for (ulong seed = 1; seed <= 100; seed++)
        {
            acknowledged += CheckCluster(seed).Acknowledged;
        }

        Assert.True(acknowledged > 1000);
    }

    [Fact]
    public void The_same_seed_gives_the_same_history_of_a_cluster() =>
        Assert.Equal(ProducerHistory.RunCluster(11).Hash, ProducerHistory.RunCluster(11).Hash);

    private static HistoryResult CheckCluster(ulong seed)
    {
        HistoryResult result = ProducerHistory.RunCluster(seed);
        Assert.Equal(0, result.Outstanding);
        return result;
    }

    private static HistoryResult Check(ulong seed)
    {
        try
        {
            HistoryResult result = ProducerHistory.Run(seed);
            Assert.Equal(0, result.Outstanding);
            return result;
        }
        catch (Exception e)
        {
            string assembly = Assembly.GetExecutingAssembly().GetName().Name!;
            throw new InvalidOperationException($"Seed {seed} fails. Replay it: dotnet exec {assembly}.dll {seed} producers trace\n{e.Message}", e);
        }
    }
}
