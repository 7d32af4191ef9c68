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

    [Fact]
    public void The_same_seed_gives_the_same_history() => Assert.Equal(ConsumeHistory.Run(5, rough: true), ConsumeHistory.Run(5, rough: true));

    private static void Check(ulong seed, bool rough)
    {
        try
        {
            Assert.Equal(0, ConsumeHistory.Run(seed, rough).Outstanding);
        }
        catch (Exception e)
        {
            string assembly = Assembly.GetExecutingAssembly().GetName().Name!;
            string replay = $"dotnet exec {assembly}.dll {seed} {(rough ? "rough" : "calm")} consume trace";
            throw new InvalidOperationException($"Seed {seed} fails. Replay it: {replay}\n{e.Message}", e);
        }
    }
}
