using System.Globalization;
using HighPerf.Kafka.Simulation.Tests.Histories;

namespace HighPerf.Kafka.Simulation.Tests;

/// <summary>
/// Replays one seed: <c>dotnet exec HighPerf.Kafka.Simulation.Tests.dll SEED [calm|rough] [consume] [trace]</c>. Prints the hash of the whole event
/// log. With <c>consume COUNT</c> it runs that many seeds from there on, and names those that fail.
/// </summary>
internal static class Replay
{
    public static int Main(string[] args)
    {
        if (args.Length == 0 || !ulong.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed))
        {
            Console.Error.WriteLine("usage: SEED [calm|rough] [consume [COUNT]] [trace]");
            return 2;
        }

        bool rough = args.Contains("rough");
        Action<string>? trace = args.Contains("trace") ? Console.WriteLine : null;
        int consume = Array.IndexOf(args, "consume");
        if (consume >= 0 && consume + 1 < args.Length && ulong.TryParse(args[consume + 1], out ulong count))
        {
            return RunMany(seed, count);
        }

        HistoryResult result = consume >= 0 ? ConsumeHistory.Run(seed, rough, trace) : ProduceFetchHistory.Run(seed, rough, trace);
        Console.WriteLine($"hash {result.Hash:x16} events {result.Events} virtual time {result.VirtualTime}");
        return 0;
    }

    private static int RunMany(ulong first, ulong count)
    {
        int failed = 0;
        long delivered = 0;
        for (ulong seed = first; seed < first + count; seed++)
        {
            bool rough = seed % 3 != 0;
            try
            {
                HistoryResult result = ConsumeHistory.Run(seed, rough);
                delivered += result.Acknowledged;
                Assert.Equal(0, result.Outstanding);
            }
            catch (Exception e)
            {
                failed++;
                Console.WriteLine($"{seed} {(rough ? "rough" : "calm")}: {e.Message.ReplaceLineEndings(" ")}");
            }
        }

        Console.WriteLine($"{count} seeds, {failed} failed, {delivered} records delivered");
        return failed == 0 ? 0 : 1;
    }
}
