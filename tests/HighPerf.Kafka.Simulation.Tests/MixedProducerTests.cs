using System.Reflection;
using HighPerf.Kafka.Simulation.Tests.Histories;

namespace HighPerf.Kafka.Simulation.Tests;

public class MixedProducerTests
{
    /// <summary>Failing seeds are kept here when they have been mended.</summary>
    public static TheoryData<ulong> FixedSeeds => [4, 71, 121, 153, 587, 771, 1345, 1713, 5413, 7090, 9231];

    [Theory]
    [MemberData(nameof(FixedSeeds))]
    public void Producers_of_every_kind_keep_their_promises(ulong seed) => Check(seed);

    [Fact]
    public void Many_seeds_of_producers_of_every_kind_keep_their_promises()
    {
        // test.sh --long asks for more of everything.
        ulong count = Environment.GetEnvironmentVariable("HPK_LONG") == "1" ? 5000UL : 300UL;
        int acknowledged = 0;
        for (ulong seed = 10_000; seed < 10_000 + count; seed++)
        {
            acknowledged += Check(seed).Acknowledged;
        }

        Assert.True(acknowledged > 1000);
    }

    [Fact]
    public void The_same_seed_gives_the_same_history() => Assert.Equal(MixedProducerHistory.Run(12).Hash, MixedProducerHistory.Run(12).Hash);

    private static HistoryResult Check(ulong seed)
    {
        try
        {
            HistoryResult result = MixedProducerHistory.Run(seed);
            Assert.Equal(0, result.Outstanding);
            return result;
        }
        catch (Exception e)
        {
            string assembly = Assembly.GetExecutingAssembly().GetName().Name!;
            throw new InvalidOperationException($"Seed {seed} fails. Replay it: dotnet exec {assembly}.dll {seed} mixed trace\n{e.Message}", e);
        }
    }
}
