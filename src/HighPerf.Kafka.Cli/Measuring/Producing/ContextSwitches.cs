using System.Globalization;

namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>
/// How often the kernel took a thread of this process off a processor, by its own wish or not; Linux only, zero elsewhere. The thread that watches does not
/// count. Owner: that thread.
/// </summary>
internal sealed class ContextSwitches
{
    private readonly string? _self = Directory.Exists("/proc/thread-self") ? Path.GetFileName(new DirectoryInfo("/proc/thread-self").LinkTarget) : null;
    private SortedDictionary<int, long> _last;

    public ContextSwitches() => _last = Read();

    /// <summary>Those that <see cref="Look"/> has seen since this was made.</summary>
    public long Count { get; private set; }

    /// <summary>Counts what was since the last look. To be called often: the figures of a thread that ends go with it.</summary>
    public void Look()
    {
        SortedDictionary<int, long> now = Read();
        foreach ((int thread, long switches) in now)
        {
            Count += switches - (_last.TryGetValue(thread, out long before) ? before : 0);
        }

        _last = now;
    }

    // The file of the process itself tells of its first thread alone.
    private SortedDictionary<int, long> Read()
    {
        SortedDictionary<int, long> threads = [];
        if (_self is null)
        {
            return threads;
        }

        foreach (string folder in Directory.GetDirectories("/proc/self/task"))
        {
            string name = Path.GetFileName(folder);
            try
            {
                if (name != _self)
                {
                    threads[int.Parse(name, CultureInfo.InvariantCulture)] = File.ReadLines(Path.Combine(folder, "status"))
                        .Where(line => line.Contains("ctxt_switches:", StringComparison.Ordinal))
                        .Sum(line => long.Parse(line.AsSpan(line.IndexOf(':') + 1), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture));
                }
            }
            catch (IOException)
            {
                // The thread has ended meanwhile.
            }
        }

        return threads;
    }
}
