using System.Text.Json;
using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Cli.Measuring.Consuming;

/// <summary>What it cost to send records at a fixed rate and to read them back, and how long each took from the moment at which it was due.</summary>
/// <param name="PacerMicrosecondsPerRecord">What the pacing thread alone takes for a record.</param>
internal sealed record RoundTripFigures(
    RoundTripSettings Settings, ResourceUse Use, LatencyFigures Latency, double PacerMicrosecondsPerRecord, ProcessMemory ConnectedMemory, ProcessMemory Memory)
{
    public double RecordsPerSecond => Settings.Records / Use.Seconds;

    /// <summary>User and system time of the whole process, the pacing thread's included.</summary>
    public double CpuMicrosPerRecord => Use.Cpu.TotalMicroseconds / Settings.Records;

    /// <summary>The members of the JSON object. Their names are a contract with scripts; the first are those of a produce load.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("recordsPerSecond", Math.Round(RecordsPerSecond, 1));
        json.WriteNumber("megabytesPerSecond", Math.Round(RecordsPerSecond * Settings.Size / 1e6, 3));
        json.WriteNumber("cpuMicrosPerRecord", Math.Round(CpuMicrosPerRecord, 4));
        json.WriteNumber("allocatedBytesPerRecord", Math.Round(Use.AllocatedBytes / (double)Settings.Records, 4));
        json.WriteNumber("gcPauseMs", Math.Round(Use.GcPause.TotalMilliseconds, 3));
        json.WriteNumber("peakMemoryBytes", Memory.Peak);
        json.WriteNumber("records", Settings.Records);
        json.WriteNumber("failed", 0);
        LatencyJson.Write(json, Latency);
        json.WriteNumber("cpuMicrosPerRecordBeyondPacer", Math.Round(CpuMicrosPerRecord - PacerMicrosecondsPerRecord, 4));
    }

    public void WriteText(TextWriter output)
    {
        output.WriteLine(Settings);
        Line(output, "records", $"{Settings.Records:N0} in {Use.Seconds:F3} s");
        Line(output, "CPU", $"{CpuMicrosPerRecord:F2} us per record, user and system, producer and consumer");
        Line(output, "allocated", $"{Use.AllocatedBytes / (double)Settings.Records:F1} B per record");
        Line(output, "latency", $"p50 {Latency.P50:N0} us, p90 {Latency.P90:N0} us, p99 {Latency.P99:N0} us, p99.9 {Latency.P999:N0} us, "
            + $"max {Latency.Max:N0} us");
        WriteNotes(output);
    }

    /// <summary>What has no place in the JSON object, for standard error.</summary>
    public void WriteNotes(TextWriter output)
    {
        double beyond = CpuMicrosPerRecord - PacerMicrosecondsPerRecord;
        double over = (Memory.Peak - ConnectedMemory.Peak) / 1e6;
        Line(output, "pacer alone", $"{PacerMicrosecondsPerRecord:F2} us per record; beyond it: {beyond:F2} us per record");
        Line(output, "peak memory", $"{Memory.Peak / 1e6:F1} MB; after connecting and one record {ConnectedMemory.Peak / 1e6:F1} MB: {over:F1} MB over it");
    }

    private static void Line(TextWriter output, string name, string text) => output.WriteLine($"  {name,-12} {text}");
}
