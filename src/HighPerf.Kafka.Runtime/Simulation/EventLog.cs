namespace HighPerf.Kafka.Runtime;

/// <summary>
/// The history of a simulation as one 64-bit number: every decision, delivery and byte goes into it. Equal seeds give equal numbers in any process; a
/// difference says that something reached for real time, threads, randomness or hash codes. Owner: the simulation's thread.
/// </summary>
/// <param name="trace">Gets a readable line for each entry; null: none are made.</param>
internal sealed class EventLog(Action<string>? trace)
{
    public ulong Hash { get; private set; } = StableHash.Start;

    public long Count { get; private set; }

    public void Add(SimulatedEventKind kind, ulong first, ulong second = 0, ReadOnlySpan<byte> bytes = default)
    {
        Hash = StableHash.Add(StableHash.Add(StableHash.Add(Hash, (ulong)kind), first), second);
        if (!bytes.IsEmpty)
        {
            Hash = StableHash.Add(Hash, bytes);
        }

        Count++;
        trace?.Invoke($"{Count} {kind} {first} {second}{(bytes.IsEmpty ? string.Empty : $" [{bytes.Length} bytes]")} -> {Hash:x16}");
    }

    /// <summary>An entry of the application under test.</summary>
    public void Add(string what, ulong value)
    {
        Add(SimulatedEventKind.Application, StableHash.Of(what), value);
        trace?.Invoke($"{Count} {what} {value}");
    }
}
