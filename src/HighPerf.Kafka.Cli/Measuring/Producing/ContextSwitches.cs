using System.Globalization;

namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>How often the kernel took a thread of this process off a processor, by its own wish or not; Linux only, zero elsewhere.</summary>
internal sealed class ContextSwitches
{
    /// <summary>The count of each thread at the beginning.</summary>
    private readonly SortedDictionary<int, long> _start = Read();

    /// <summary>Switches since this was made, of the threads that still live.</summary>
    public long Count()
    {
        long count = 0;
        foreach ((int thread, long switches) in Read())
        {
            count += switches - (_start.TryGetValue(thread, out long before) ? before : 0);
        }

        return count;
    }

    // The file of the process itself tells of its first thread alone.
    private static SortedDictionary<int, long> Read()
    {
        SortedDictionary<int, long> threads = [];
        if (!Directory.Exists("/proc/self/task"))
        {
            return threads;
        }

        foreach (string folder in Directory.GetDirectories("/proc/self/task"))
        {
            try
            {
                threads[int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture)] = File.ReadLines(Path.Combine(folder, "status"))
                    .Where(line => line.Contains("ctxt_switches:", StringComparison.Ordinal))
                    .Sum(line => long.Parse(line.AsSpan(line.IndexOf(':') + 1), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                // The thread has ended meanwhile.
            }
        }

        return threads;
    }
}
