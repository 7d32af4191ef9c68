using System.Text.Json;

namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>What a client costs that has sent or read records and has nothing to do now.</summary>
/// <param name="Load">The settings.</param>
/// <param name="After">What was done before.</param>
/// <param name="ConnectedMemory">After connecting and one record.</param>
/// <param name="Memory">When it had been idle.</param>
/// <param name="MemoryCollected">After a full collection then.</param>
internal sealed record IdleFigures(
    object Load, string After, double Seconds, long ContextSwitches, TimeSpan Cpu, ProcessMemory ConnectedMemory, ProcessMemory Memory,
    ProcessMemory MemoryCollected)
{
    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("contextSwitchesPerSecond", Math.Round(ContextSwitches / Seconds, 2));
        json.WriteNumber("cpuMicrosPerSecond", Math.Round(Cpu.TotalMicroseconds / Seconds, 1));
        json.WriteNumber("connectedMemoryBytes", ConnectedMemory.Now);
        json.WriteNumber("idleMemoryBytes", Memory.Now);
        json.WriteNumber("idleMemoryAfterCollectionBytes", MemoryCollected.Now);
        json.WriteNumber("peakMemoryBytes", Memory.Peak);
    }

    public void WriteText(TextWriter output)
    {
        output.WriteLine(Load);
        Line(output, "idle for", $"{Seconds:F1} s, after {After}");
        Line(output, "switches", $"{ContextSwitches / Seconds:F1} context switches/s");
        Line(output, "CPU", $"{Cpu.TotalMicroseconds / Seconds:F0} us per second");
        Line(output, "memory", $"{Memory.Now / 1e6:F1} MB; after connecting and one record {ConnectedMemory.Now / 1e6:F1} MB: "
            + $"{(Memory.Now - ConnectedMemory.Now) / 1e6:F1} MB over it, {(MemoryCollected.Now - ConnectedMemory.Now) / 1e6:F1} MB after a full collection");
    }

    private static void Line(TextWriter output, string name, string text) =>
        output.WriteLine($"  {name,-12} {text}");
}
