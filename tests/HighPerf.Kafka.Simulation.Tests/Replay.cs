using System.Globalization;
using HighPerf.Kafka.Simulation.Tests.Histories;

namespace HighPerf.Kafka.Simulation.Tests;

/// <summary>
/// Replays one seed: <c>dotnet exec HighPerf.Kafka.Simulation.Tests.dll SEED [calm|rough] [trace]</c>. Prints the hash of the whole event log.
/// </summary>
internal static class Replay
{
    public static int Main(string[] args)
    {
        if (args.Length == 0 || !ulong.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed))
        {
            Console.Error.WriteLine("usage: SEED [calm|rough] [trace]");
            return 2;
        }

        bool rough = args.Contains("rough");
        HistoryResult result = ProduceFetchHistory.Run(seed, rough, args.Contains("trace") ? Console.WriteLine : null);
        Console.WriteLine($"hash {result.Hash:x16} events {result.Events} virtual time {result.VirtualTime}");
        return 0;
    }
}
