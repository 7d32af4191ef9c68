using System.Diagnostics;
using System.Reflection;
using HighPerf.Kafka.Simulation.Tests.Histories;

namespace HighPerf.Kafka.Simulation.Tests;

public class ProduceFetchTests
{
    /// <summary>Failing seeds are kept here when they have been mended.</summary>
    public static TheoryData<ulong> FixedSeeds => [1, 2, 3, 20260101, ulong.MaxValue];

    [Theory]
    [MemberData(nameof(FixedSeeds))]
    public void A_calm_network_delivers_everything(ulong seed) => Check(seed, rough: false);

    [Theory]
    [MemberData(nameof(FixedSeeds))]
    public void A_rough_network_loses_doubles_and_reorders_nothing(ulong seed) => Check(seed, rough: true);

    [Fact]
    public void Many_seeds_lose_double_and_reorder_nothing()
    {
        for (ulong seed = 1000; seed < 1200; seed++)
        {
            Check(seed, rough: true);
        }
    }

    [Theory]
    [InlineData(7, "calm")]
    [InlineData(8, "rough")]
    public void The_same_seed_gives_the_same_history_in_another_process(ulong seed, string plan)
    {
        // Two fresh processes: string hashing is seeded anew in each.
        string first = RunProcess(seed, plan);
        string second = RunProcess(seed, plan);
        HistoryResult here = ProduceFetchHistory.Run(seed, plan == "rough");

        Assert.StartsWith("hash ", first);
        Assert.Equal(first, second);
        Assert.Equal($"hash {here.Hash:x16} events {here.Events} virtual time {here.VirtualTime}", first);
    }

    [Fact]
    public void Different_seeds_give_different_histories() =>
        Assert.NotEqual(ProduceFetchHistory.Run(1, rough: false).Hash, ProduceFetchHistory.Run(2, rough: false).Hash);

    private static void Check(ulong seed, bool rough)
    {
        try
        {
            HistoryResult result = ProduceFetchHistory.Run(seed, rough);
            Assert.True(result.Acknowledged > 0);
            Assert.Equal(0, result.Outstanding);
        }
        catch (Exception e)
        {
            string assembly = Assembly.GetExecutingAssembly().GetName().Name!;
            string replay = $"dotnet exec {assembly}.dll {seed} {(rough ? "rough" : "calm")} trace";
            throw new InvalidOperationException($"Seed {seed} fails. Replay it: {replay}\n{e.Message}", e);
        }
    }

    private static string RunProcess(ulong seed, string plan)
    {
        ProcessStartInfo info = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["exec", Assembly.GetExecutingAssembly().Location, seed.ToString(), plan])
        {
            info.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(info)!;
        string output = process.StandardOutput.ReadToEnd();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error);
        return output.Trim();
    }
}
