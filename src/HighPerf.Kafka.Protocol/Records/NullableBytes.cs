using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HighPerf.Kafka.Protocol.Records;

/// <summary>A span that can be null as well as empty: a key or value as the record format knows it. The default is null.</summary>
internal readonly ref struct NullableBytes
{
    private readonly ref readonly byte _first;
    private readonly int _lengthPlusOne;

    public NullableBytes(ReadOnlySpan<byte> bytes)
    {
        _first = ref MemoryMarshal.GetReference(bytes);
        _lengthPlusOne = bytes.Length + 1;
    }

    public static NullableBytes Null => default;

    public bool IsNull => _lengthPlusOne == 0;

    /// <summary>The number of bytes; -1 for null, as on the wire.</summary>
    public int Length => _lengthPlusOne - 1;

    /// <summary>The bytes; empty for null.</summary>
    public ReadOnlySpan<byte> Span
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _lengthPlusOne == 0 ? default : MemoryMarshal.CreateReadOnlySpan(in _first, _lengthPlusOne - 1);
    }

    public static implicit operator NullableBytes(ReadOnlySpan<byte> bytes) => new(bytes);

    public static implicit operator NullableBytes(Span<byte> bytes) => new(bytes);

    public static implicit operator NullableBytes(byte[]? bytes) => bytes is null ? default : new NullableBytes(bytes);
}
