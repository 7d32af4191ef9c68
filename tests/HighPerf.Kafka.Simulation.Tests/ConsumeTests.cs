using System.Reflection;
using HighPerf.Kafka.Simulation.Tests.Histories;

namespace HighPerf.Kafka.Simulation.Tests;

public class ConsumeTests
{
    /// <summary>Failing seeds are kept here when they have been mended.</summary>
    public static TheoryData<ulong> FixedSeeds => [1, 2, 3, 11539, 11919, 20260101, ulong.MaxValue];

    [Theory]
    [MemberData(nameof(FixedSeeds))]
    public void A_calm_world_delivers_every_record_once_and_in_order(ulong seed) => Check(seed, rough: false);

    [Theory]
    [MemberData(nameof(FixedSeeds))]
    public void A_rough_world_delivers_every_record_once_and_in_order(ulong seed) => Check(seed, rough: true);

    [Fact]
    public void Many_seeds_skip_double_and_hold_nothing()
    {
        for (ulong seed = 1000; seed < 1150; seed++)
        {
            Check(seed, rough: seed % 3 != 0);
        }
    }

    [Theory]
    [MemberData(nameof(FixedSeeds))]
    public void A_cluster_whose_leaders_change_delivers_every_record_once_and_in_order(ulong seed) => CheckCluster(seed, rough: seed % 2 == 0);

    [Fact]
    public void Many_seeds_on_a_cluster_skip_double_and_hold_nothing()
    {
        for (ulong seed = 2000; seed < 2100; seed++)
        {
            CheckCluster(seed, rough: seed % 3 != 0);
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_history() => Assert.Equal(ConsumeHistory.Run(5, rough: true), ConsumeHistory.Run(5, rough: true));

    private static void Check(ulong seed, bool rough) => Check(seed, rough, "consume", static (seed, rough) => ConsumeHistory.Run(seed, rough));

    private static void CheckCluster(ulong seed, bool rough) =>
        Check(seed, rough, "consume cluster", static (seed, rough) => ConsumeHistory.RunCluster(seed, rough));

    private static void Check(ulong seed, bool rough, string history, Func<ulong, bool, HistoryResult> run)
    {
        try
        {
            Assert.Equal(0, run(seed, rough).Outstanding);
        }
        catch (Exception e)
        {
            string assembly = Assembly.GetExecutingAssembly().GetName().Name!;
            string replay = $"dotnet exec {assembly}.dll {seed} {(rough ? "rough" : "calm")} {history} trace";
            throw new InvalidOperationException($"Seed {seed} fails. Replay it: {replay}\n{e.Message}", e);
        }
    }
}
