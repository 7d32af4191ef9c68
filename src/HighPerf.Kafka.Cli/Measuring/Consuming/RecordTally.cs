using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Cli.Measuring.Consuming;

/// <summary>
/// What was read: how many records and bytes, and a checksum of every byte of every key and value that does not depend on the order of the records, so that
/// clients that read the same can be compared. Owner: the reader; others may look at <see cref="Records"/>.
/// </summary>
internal sealed class RecordTally
{
    // Odd, so that no bit of a key gets lost; a key and a value changed for each other change the sum.
    private const ulong KeyFactor = 0x9E3779B97F4A7C15;

    private long _records;

    public long Records => Volatile.Read(ref _records);

    /// <summary>Key and value bytes.</summary>
    public long Bytes { get; private set; }

    public ulong Checksum { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Add(ByteSum.Of(key), ByteSum.Of(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(BytesSeen key, BytesSeen value)
    {
        _records++;
        Bytes += key.Length + value.Length;
        Checksum += (key.Sum * KeyFactor) + value.Sum;
    }
}
