using System.Reflection;
using HighPerf.Kafka.Simulation.Tests.Histories;

namespace HighPerf.Kafka.Simulation.Tests;

public class GroupTests
{
    /// <summary>Failing seeds are kept here when they have been mended.</summary>
    public static TheoryData<ulong> FixedSeeds => [1, 2, 3, 561, 5103, 20260101, ulong.MaxValue];

    [Theory]
    [MemberData(nameof(FixedSeeds))]
    public void In_a_calm_world_every_record_is_processed_once(ulong seed) => Check(seed, rough: false);

    [Theory]
    [MemberData(nameof(FixedSeeds))]
    public void In_a_rough_world_every_record_is_processed_and_no_commit_runs_ahead(ulong seed) => Check(seed, rough: true);

    [Fact]
    public void Many_seeds_lose_nothing()
    {
        for (ulong seed = 1000; seed < 1060; seed++)
        {
            Check(seed, rough: seed % 3 != 0);
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_history() => Assert.Equal(GroupHistory.Run(5, rough: true), GroupHistory.Run(5, rough: true));

    [Fact]
    public void An_hour_of_eight_members_that_come_go_and_die() => GroupHistory.Run(7, rough: true, new GroupSize(8, 64, TimeSpan.FromHours(1)));

    private static void Check(ulong seed, bool rough)
    {
        try
        {
            Assert.Equal(0, GroupHistory.Run(seed, rough).Outstanding);
        }
        catch (Exception e)
        {
            string assembly = Assembly.GetExecutingAssembly().GetName().Name!;
            string replay = $"dotnet exec {assembly}.dll {seed} {(rough ? "rough" : "calm")} group trace";
            throw new InvalidOperationException($"Seed {seed} fails. Replay it: {replay}\n{e.Message}", e);
        }
    }
}
