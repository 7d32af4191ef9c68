using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// Writes bits upwards from the low end of each byte, to be read backwards. Whoever writes adds at most 64 bits between two calls of <see cref="Flush"/>,
/// of which up to 7 are left over from before. Past the limit it writes on the spot and remembers that it is full: 8 bytes behind the limit must be writable.
/// </summary>
internal unsafe struct BitSink
{
    private readonly byte* _limit;
    private byte* _pointer;
    private ulong _word;
    private int _count;

    public BitSink(byte* start, byte* limit)
    {
        _pointer = start;
        _limit = limit;
        _word = 0;
        _count = 0;
    }

    /// <summary>Adds the low bits of a value that has none above them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddClean(ulong value, int count)
    {
        _word |= value << _count;
        _count += count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ulong value, int count) => AddClean(value & ((1UL << count) - 1), count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Flush()
    {
        Unsafe.WriteUnaligned(_pointer, _word);
        int bytes = _count >> 3;
        _pointer += bytes;
        if (_pointer > _limit)
        {
            _pointer = _limit;
        }

        _count &= 7;
        _word >>= bytes * 8;
    }

    /// <summary>Adds the mark and returns the end of the stream, or null when it did not fit.</summary>
    public byte* Close()
    {
        AddClean(1, 1);
        Flush();
        if (_count > 0)
        {
            _pointer++;
        }

        return _pointer >= _limit ? null : _pointer;
    }
}
