using System.Buffers.Binary;
using System.Numerics;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// Reads a bit stream from its last byte to its first, checked at every step: for the short streams where speed does not matter.
/// The last byte's highest set bit is a mark and not data.
/// </summary>
internal ref struct BackwardBits
{
    private readonly ReadOnlySpan<byte> _source;

    public BackwardBits(ReadOnlySpan<byte> source, int offset)
    {
        _source = source;
        if (source.IsEmpty || source[^1] == 0)
        {
            ZstdError.Corrupt(offset + source.Length, "a bit stream does not end with its mark");
        }

        Remaining = source.Length * 8 - 8 + BitOperations.Log2(source[^1]);
    }

    /// <summary>How many bits are left; below zero when more were taken than there were.</summary>
    public int Remaining { get; private set; }

    /// <summary>Takes up to 16 bits; what lies before the first byte reads as zero.</summary>
    public uint Take(int count)
    {
        Remaining -= count;
        int low = Math.Max(Remaining, 0);
        int missing = Math.Max(-Remaining, 0);
        if (missing >= count)
        {
            return 0;
        }

        uint value = Peek(low >> 3) >> (low & 7);
        return (value & ((1u << (count - missing)) - 1)) << missing;
    }

    private readonly uint Peek(int start)
    {
        if (start + 4 <= _source.Length)
        {
            return BinaryPrimitives.ReadUInt32LittleEndian(_source[start..]);
        }

        uint value = 0;
        for (int i = start; i < _source.Length; i++)
        {
            value |= (uint)_source[i] << (8 * (i - start));
        }

        return value;
    }
}
