using System.Globalization;
using HighPerf.Kafka.Simulation.Tests.Histories;

namespace HighPerf.Kafka.Simulation.Tests;

/// <summary>
/// Replays one seed: <c>dotnet exec HighPerf.Kafka.Simulation.Tests.dll SEED [calm|rough|producers [COUNT]] [trace]</c>. Prints a hash.
/// </summary>
internal static class Replay
{
    public static int Main(string[] args)
    {
        if (args.Length == 0 || !ulong.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed))
        {
            Console.Error.WriteLine("usage: SEED [calm|rough|producers [COUNT]] [trace]");
            return 2;
        }

        if (args.Contains("producers"))
        {
            return ReplayProducers(seed, args);
        }

        bool rough = args.Contains("rough");
        HistoryResult result = ProduceFetchHistory.Run(seed, rough, args.Contains("trace") ? Console.WriteLine : null);
        Console.WriteLine($"hash {result.Hash:x16} events {result.Events} virtual time {result.VirtualTime}");
        return 0;
    }

    // COUNT seeds from SEED on; the failing ones are told.
    private static int ReplayProducers(ulong seed, string[] args)
    {
        ulong count = args.Length > 2 && ulong.TryParse(args[2], NumberStyles.None, CultureInfo.InvariantCulture, out ulong given) ? given : 1;
        int failed = 0;
        for (ulong end = seed + count; seed < end; seed++)
        {
            try
            {
                HistoryResult result = ProducerHistory.Run(seed, args.Contains("trace") ? Console.WriteLine : null);
                if (count == 1)
                {
                    Console.WriteLine($"hash {result.Hash:x16} events {result.Events} virtual time {result.VirtualTime} acknowledged {result.Acknowledged}");
                }

                if (result.Outstanding != 0)
                {
                    failed++;
                    Console.WriteLine($"seed {seed}: {result.Outstanding} buffers are outstanding");
                }
            }
            catch (Exception e)
            {
                failed++;
                Console.WriteLine($"seed {seed}: {(count == 1 ? e : e.Message)}");
            }
        }

        return failed == 0 ? 0 : 1;
    }
}
