using System.Diagnostics;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>What this process has used up to a moment; the difference of two is what lies between.</summary>
internal readonly record struct Usage(long Timestamp, TimeSpan Cpu, long AllocatedBytes, TimeSpan GcPause)
{
    public static Usage Now() => new(
        TimeProvider.System.GetTimestamp(), Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(precise: true), GC.GetTotalPauseDuration());

    /// <summary>The figures of work that began at <paramref name="start"/> and ended at this moment.</summary>
    public Figures Since(Usage start, long records, long bytes)
    {
        double seconds = TimeProvider.System.GetElapsedTime(start.Timestamp, Timestamp).TotalSeconds;
        return new Figures(
            records,
            seconds,
            records / seconds,
            bytes / seconds / 1e6,
            (Cpu - start.Cpu).TotalMicroseconds / records,
            (AllocatedBytes - start.AllocatedBytes) / (double)records,
            (GcPause - start.GcPause).TotalMilliseconds * 1e6 / records,
            PeakMemory());
    }

    /// <summary>The kernel's figure of the most memory the process ever had, in bytes.</summary>
    public static long PeakMemory()
    {
        using Process self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }
}
