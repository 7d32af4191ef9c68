using System.Text.Json;

namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>What a produce load cost.</summary>
internal sealed record ProduceFigures
{
    public required ProduceSettings Settings { get; init; }

    public required long Failed { get; init; }

    public required ResourceUse Use { get; init; }

    /// <summary>All zeros when nobody is told of deliveries.</summary>
    public required LatencyFigures Latency { get; init; }

    /// <summary>After connecting and one record.</summary>
    public required ProcessMemory ConnectedMemory { get; init; }

    public required ProcessMemory Memory { get; init; }

    /// <summary>What the pacing thread alone takes for a record; null without one.</summary>
    public required double? PacerMicrosecondsPerRecord { get; init; }

    /// <summary>Records beside the measured ones: the first, and those that warmed up.</summary>
    public required long RecordsBefore { get; init; }

    public double RecordsPerSecond => (Settings.Records - Failed) / Use.Seconds;

    public double MegabytesPerSecond => RecordsPerSecond * Settings.Size / 1e6;

    /// <summary>User and system time of the whole process, a pacing thread's included.</summary>
    public double CpuMicrosPerRecord => Use.Cpu.TotalMicroseconds / Settings.Records;

    public double AllocatedBytesPerRecord => Use.AllocatedBytes / (double)Settings.Records;

    /// <summary>The members of the JSON object. Their names are a contract with scripts.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("recordsPerSecond", Math.Round(RecordsPerSecond, 1));
        json.WriteNumber("megabytesPerSecond", Math.Round(MegabytesPerSecond, 3));
        json.WriteNumber("cpuMicrosPerRecord", Math.Round(CpuMicrosPerRecord, 4));
        json.WriteNumber("allocatedBytesPerRecord", Math.Round(AllocatedBytesPerRecord, 4));
        json.WriteNumber("gcPauseMs", Math.Round(Use.GcPause.TotalMilliseconds, 3));
        json.WriteNumber("peakMemoryBytes", Memory.Peak);
        json.WriteNumber("records", Settings.Records);
        json.WriteNumber("failed", Failed);
        LatencyJson.Write(json, Latency);
    }

    public void WriteText(TextWriter output)
    {
        output.WriteLine(Settings);
        Line(output, "records", $"{Settings.Records:N0} in {Use.Seconds:F3} s, {Failed:N0} failed");
        Line(output, "throughput", $"{RecordsPerSecond:N0} records/s, {MegabytesPerSecond:N1} MB/s");
        Line(output, "CPU", $"{CpuMicrosPerRecord:F4} us per record, user and system");
        WritePacer(output);
        Line(output, "allocated", $"{AllocatedBytesPerRecord:F3} B per record");
        Line(output, "collections", $"{Use.Gen0} / {Use.Gen1} / {Use.Gen2} of generation 0 / 1 / 2, {Use.GcPause.TotalMilliseconds:F2} ms of pauses");
        WriteMemory(output);
        if (Latency != default)
        {
            Line(output, "latency", $"p50 {Latency.P50:N0} us, p90 {Latency.P90:N0} us, p99 {Latency.P99:N0} us, p99.9 {Latency.P999:N0} us, "
                + $"max {Latency.Max:N0} us{(Settings.SampleEvery > 1 ? $" (of one in {Settings.SampleEvery} records)" : "")}");
        }
    }

    /// <summary>What has no place in the JSON object, for standard error.</summary>
    public void WriteNotes(TextWriter output)
    {
        WritePacer(output);
        WriteMemory(output);
        Line(output, "sent in all", $"{Settings.Records + RecordsBefore} records, {RecordsBefore} of them before the measurement");
    }

    private static void Line(TextWriter output, string name, string text) =>
        output.WriteLine($"  {name,-12} {text}");

    private void WritePacer(TextWriter output)
    {
        if (PacerMicrosecondsPerRecord is { } pacer)
        {
            Line(output, "pacer alone", $"{pacer:F2} us per record; beyond it: {CpuMicrosPerRecord - pacer:F2} us per record");
        }
    }

    private void WriteMemory(TextWriter output)
    {
        double over = (Memory.Peak - ConnectedMemory.Peak) / 1e6;
        Line(output, "peak memory", $"{Memory.Peak / 1e6:F1} MB; after connecting and one record {ConnectedMemory.Peak / 1e6:F1} MB: {over:F1} MB over it");
    }
}
