using System.Text.Json;
using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Cli.Measuring.Consuming;

/// <summary>What a consume load cost.</summary>
/// <param name="Records">Those that were measured, as the reader counted them.</param>
/// <param name="Bytes">Of their keys and values.</param>
/// <param name="Checksum">Over every byte of every key and value that was read, measured or not.</param>
/// <param name="RecordsBefore">Records beside the measured ones: the first, and those that warmed up.</param>
/// <param name="ConnectedMemory">After connecting and one record.</param>
internal sealed record ConsumeFigures(
    ConsumeSettings Settings, long Records, long Bytes, ulong Checksum, long RecordsBefore, ResourceUse Use, ProcessMemory ConnectedMemory,
    ProcessMemory Memory)
{
    public double RecordsPerSecond => Records / Use.Seconds;

    public double MegabytesPerSecond => Bytes / Use.Seconds / 1e6;

    /// <summary>User and system time of the whole process.</summary>
    public double CpuMicrosPerRecord => Use.Cpu.TotalMicroseconds / Records;

    public double AllocatedBytesPerRecord => Use.AllocatedBytes / (double)Records;

    /// <summary>The members of the JSON object. Their names are a contract with scripts; the first are those of a produce load.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("recordsPerSecond", Math.Round(RecordsPerSecond, 1));
        json.WriteNumber("megabytesPerSecond", Math.Round(MegabytesPerSecond, 3));
        json.WriteNumber("cpuMicrosPerRecord", Math.Round(CpuMicrosPerRecord, 4));
        json.WriteNumber("allocatedBytesPerRecord", Math.Round(AllocatedBytesPerRecord, 4));
        json.WriteNumber("gcPauseMs", Math.Round(Use.GcPause.TotalMilliseconds, 3));
        json.WriteNumber("peakMemoryBytes", Memory.Peak);
        json.WriteNumber("records", Records);
        json.WriteNumber("failed", 0);
        LatencyJson.Write(json, default);
        json.WriteNumber("recordsInAll", Records + RecordsBefore);
        json.WriteString("checksum", Checksum.ToString("x16"));
    }

    public void WriteText(TextWriter output)
    {
        output.WriteLine(Settings);
        Line(output, "records", $"{Records:N0} in {Use.Seconds:F3} s");
        Line(output, "throughput", $"{RecordsPerSecond:N0} records/s, {MegabytesPerSecond:N1} MB/s");
        Line(output, "CPU", $"{CpuMicrosPerRecord:F4} us per record, user and system");
        Line(output, "allocated", $"{AllocatedBytesPerRecord:F3} B per record");
        Line(output, "collections", $"{Use.Gen0} / {Use.Gen1} / {Use.Gen2} of generation 0 / 1 / 2, {Use.GcPause.TotalMilliseconds:F2} ms of pauses");
        WriteNotes(output);
    }

    /// <summary>What has no place in the JSON object, for standard error.</summary>
    public void WriteNotes(TextWriter output)
    {
        double over = (Memory.Peak - ConnectedMemory.Peak) / 1e6;
        Line(output, "peak memory", $"{Memory.Peak / 1e6:F1} MB; after connecting and one record {ConnectedMemory.Peak / 1e6:F1} MB: {over:F1} MB over it");
        Line(output, "checksum", $"{Checksum:x16} over every key and value of {Records + RecordsBefore} records, {RecordsBefore} of them before the "
            + "measurement");
    }

    private static void Line(TextWriter output, string name, string text) => output.WriteLine($"  {name,-12} {text}");
}
