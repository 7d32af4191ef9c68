using System.Text.Json;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>What a run cost.</summary>
/// <param name="MegabytesPerSecond">Key and value bytes, in millions.</param>
/// <param name="CpuMicrosecondsPerRecord">User and system time of the whole process.</param>
/// <param name="GcPauseMillisecondsPerMillion">Per million records.</param>
/// <param name="PeakMemoryBytes">Of the process since it began.</param>
internal sealed record Figures(
    long Records,
    double Seconds,
    double RecordsPerSecond,
    double MegabytesPerSecond,
    double CpuMicrosecondsPerRecord,
    double AllocatedBytesPerRecord,
    double GcPauseMillisecondsPerMillion,
    long PeakMemoryBytes)
{
    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("records", Records);
        json.WriteNumber("seconds", Math.Round(Seconds, 4));
        json.WriteNumber("recordsPerSecond", Math.Round(RecordsPerSecond));
        json.WriteNumber("megabytesPerSecond", Math.Round(MegabytesPerSecond, 2));
        json.WriteNumber("cpuMicrosecondsPerRecord", Math.Round(CpuMicrosecondsPerRecord, 4));
        json.WriteNumber("allocatedBytesPerRecord", Math.Round(AllocatedBytesPerRecord, 3));
        json.WriteNumber("gcPauseMillisecondsPerMillion", Math.Round(GcPauseMillisecondsPerMillion, 3));
        json.WriteNumber("peakMemoryBytes", PeakMemoryBytes);
    }

    public static void WriteTableHead(TextWriter output) =>
        output.WriteLine($"{"",-10} {"records",10} {"records/s",12} {"MB/s",8} {"CPU us/record",14} {"B alloc/record",15}");

    public void WriteTableRow(TextWriter output, string name) => output.WriteLine(
        $"{name,-10} {Records,10:N0} {RecordsPerSecond,12:N0} {MegabytesPerSecond,8:F1} {CpuMicrosecondsPerRecord,14:F3} {AllocatedBytesPerRecord,15:F2}");
}
