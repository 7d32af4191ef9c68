namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>What this process has used up to a moment; the difference of two is what lies between.</summary>
/// <param name="Timestamp">On the system's clock.</param>
/// <param name="Cpu">User and system time.</param>
internal readonly record struct ResourceUse(long Timestamp, TimeSpan Cpu, long AllocatedBytes, TimeSpan GcPause, int Gen0, int Gen1, int Gen2)
{
    public double Seconds => Timestamp / (double)TimeProvider.System.TimestampFrequency;

    public static ResourceUse Now() => new(
        TimeProvider.System.GetTimestamp(), Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(precise: true), GC.GetTotalPauseDuration(),
        GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2));

    public static ResourceUse operator -(ResourceUse end, ResourceUse start) => new(
        end.Timestamp - start.Timestamp, end.Cpu - start.Cpu, end.AllocatedBytes - start.AllocatedBytes, end.GcPause - start.GcPause,
        end.Gen0 - start.Gen0, end.Gen1 - start.Gen1, end.Gen2 - start.Gen2);
}
