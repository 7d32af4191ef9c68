using System.Globalization;
using HighPerf.Kafka.Simulation.Tests.Histories;

namespace HighPerf.Kafka.Simulation.Tests;

/// <summary>
/// Replays one seed of a history, or runs COUNT seeds from there on and names those that fail:
/// <c>dotnet exec HighPerf.Kafka.Simulation.Tests.dll SEED [HISTORY] [calm|rough] [COUNT] [trace]</c>, where the history is one of
/// <c>produce-fetch, producers, cluster, mixed, picky, consume, consume cluster</c>.
/// One seed prints the hash of its whole event log.
/// </summary>
internal static class Replay
{
    private const string Usage = "usage: SEED [produce-fetch|producers|cluster|mixed|picky|consume|consume cluster] [calm|rough] [COUNT] [trace]";

    public static int Main(string[] args)
    {
        if (args.Length == 0 || !TryNumber(args[0], out ulong seed))
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        string[] rest = args[1..];
        ulong count = rest.Select(static word => TryNumber(word, out ulong number) ? number : 0).DefaultIfEmpty(0UL).Max();
        Action<string>? trace = rest.Contains("trace") ? Console.WriteLine : null;
        if (count <= 1)
        {
            HistoryResult result = Run(rest, seed, trace);
            Console.WriteLine($"hash {result.Hash:x16} events {result.Events} virtual time {result.VirtualTime}");
            return 0;
        }

        return RunMany(rest, seed, count, trace);
    }

    private static int RunMany(string[] words, ulong first, ulong count, Action<string>? trace)
    {
        int failed = 0;
        long records = 0;
        for (ulong seed = first; seed < first + count; seed++)
        {
            try
            {
                HistoryResult result = Run(words, seed, trace);
                records += result.Acknowledged;
                Assert.Equal(0, result.Outstanding);
            }
            catch (Exception e)
            {
                failed++;
                Console.WriteLine($"seed {seed}: {e.Message.ReplaceLineEndings(" ")}");
            }
        }

        Console.WriteLine($"{count} seeds, {failed} failed, {records} records");
        return failed == 0 ? 0 : 1;
    }

    private static HistoryResult Run(string[] words, ulong seed, Action<string>? trace)
    {
        bool rough = words.Contains("rough");
        return words.Contains("producers") ? ProducerHistory.Run(seed, trace)
            : words.Contains("consume") && words.Contains("cluster") ? ConsumeHistory.RunCluster(seed, rough, trace)
            : words.Contains("cluster") ? ProducerHistory.RunCluster(seed, trace)
            : words.Contains("mixed") || words.Contains("picky") ? MixedProducerHistory.Run(seed, words.Contains("picky"), trace)
            : words.Contains("hour") ? GroupHistory.Run(seed, rough: true, new GroupSize(8, 64, TimeSpan.FromHours(1)), trace)
            : words.Contains("group") ? GroupHistory.Run(seed, rough, trace)
            : words.Contains("consume") ? ConsumeHistory.Run(seed, rough, trace)
            : ProduceFetchHistory.Run(seed, rough, trace);
    }

    private static bool TryNumber(string text, out ulong number) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
