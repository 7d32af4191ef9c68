using System.Reflection;
using HighPerf.Kafka.Simulation.Tests.Histories;

namespace HighPerf.Kafka.Simulation.Tests;

public class MixedProducerTests
{
    // test.sh --long asks for more of everything.
    private static bool IsLong => Environment.GetEnvironmentVariable("HPK_LONG") == "1";

    /// <summary>Failing seeds are kept here when they have been mended.</summary>
    public static TheoryData<ulong> FixedSeeds => [4, 71, 121, 153, 587, 771, 1345, 1713, 5413, 7090, 9231];

    [Theory]
    [MemberData(nameof(FixedSeeds))]
    public void Producers_of_every_kind_keep_their_promises(ulong seed) => Check(seed);

    [Fact]
    public void Many_seeds_of_producers_of_every_kind_keep_their_promises()
    {
        ulong count = IsLong ? 5000UL : 300UL;
        int acknowledged = 0;
        for (ulong seed = 10_000; seed < 10_000 + count; seed++)
        {
            acknowledged += Check(seed).Acknowledged;
        }

        Assert.True(acknowledged > 1000);
    }

    [Fact]
    public void Producers_of_every_kind_keep_their_promises_where_topics_refuse_single_records()
    {
        for (ulong seed = 1; seed <= (IsLong ? 5000UL : 150UL); seed++)
        {
            Check(seed, isPicky: true);
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_history() => Assert.Equal(MixedProducerHistory.Run(12).Hash, MixedProducerHistory.Run(12).Hash);

    private static HistoryResult Check(ulong seed, bool isPicky = false)
    {
        try
        {
            HistoryResult result = MixedProducerHistory.Run(seed, isPicky);
            Assert.Equal(0, result.Outstanding);
            return result;
        }
        catch (Exception e)
        {
            string assembly = Assembly.GetExecutingAssembly().GetName().Name!;
            string replay = $"dotnet exec {assembly}.dll {seed} {(isPicky ? "picky" : "mixed")} trace";
            throw new InvalidOperationException($"Seed {seed} fails. Replay it: {replay}\n{e.Message}", e);
        }
    }
}
