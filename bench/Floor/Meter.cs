using System.Diagnostics;

namespace HighPerf.Kafka.Floor;

/// <summary>Wall time, CPU time of the process and allocated bytes from its making on.</summary>
internal readonly struct Meter
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly TimeSpan _cpu = Environment.CpuUsage.TotalTime;
    private readonly long _allocated = GC.GetTotalAllocatedBytes(precise: true);

    public Meter()
    {
    }

    public double CpuMicroseconds => (Environment.CpuUsage.TotalTime - _cpu).TotalMicroseconds;

    public double Seconds => Stopwatch.GetElapsedTime(_started).TotalSeconds;

    public double Allocated => GC.GetTotalAllocatedBytes(precise: true) - _allocated;

    /// <summary>The figures of a run over <paramref name="records"/> records of <paramref name="size"/> bytes.</summary>
    public (string Figure, double Value)[] PerRecord(long records, int size)
    {
        double seconds = Seconds;
        return
        [
            ("cpu_us_per_record", CpuMicroseconds / records), ("records_per_s", records / seconds), ("mb_per_s", records * size / seconds / 1e6),
            ("allocated_bytes_per_record", Allocated / records),
        ];
    }
}
