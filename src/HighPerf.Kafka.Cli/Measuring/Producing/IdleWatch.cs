namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>Watches a process whose client has nothing to do. Blocks its thread meanwhile.</summary>
internal static class IdleWatch
{
    private const int SettlingLooks = 50;

    private static readonly TimeSpan OneSettlingLook = TimeSpan.FromMilliseconds(50);

    /// <param name="load">The settings, for the words of the figures.</param>
    /// <param name="after">What was done before.</param>
    /// <param name="connected">After connecting and one record.</param>
    public static IdleFigures Watch(object load, string after, double seconds, ProcessMemory connected)
    {
        using ManualResetEvent never = new(false);
        for (int i = 0; i < SettlingLooks; i++)
        {
            // What the load has set in motion comes to rest, and what watches is compiled.
            never.WaitOne(OneSettlingLook);
            new ContextSwitches().Look();
        }

        ContextSwitches switches = new();
        TimeSpan watching = TimeSpan.Zero;
        ResourceUse start = ResourceUse.Now();
        for (double left = seconds; left > 0; left--)
        {
            never.WaitOne(TimeSpan.FromSeconds(Math.Min(left, 1)));
            TimeSpan before = Environment.CpuUsage.TotalTime;
            switches.Look();
            watching += Environment.CpuUsage.TotalTime - before;
        }

        ResourceUse use = ResourceUse.Now() - start;
        ProcessMemory memory = ProcessMemory.Read();
        GC.Collect();
        return new IdleFigures(load, after, use.Seconds, switches.Count, use.Cpu - watching, connected, memory, ProcessMemory.Read());
    }
}
