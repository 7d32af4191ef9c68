using System.Buffers;

namespace HighPerf.Kafka.Protocol.Buffers;

/// <summary>
/// A growing run of bytes in one pooled array. It has one owner at any moment, who disposes it once; not thread-safe.
/// <see cref="Reset"/> keeps the array, so a reused buffer stops allocating once it has seen its largest content.
/// </summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private readonly BufferPool _pool;
    private byte[] _array;
    private int _length;

    public PooledBuffer(BufferPool pool, int initialCapacity = 0)
    {
        _pool = pool;
        _array = initialCapacity > 0 ? pool.Rent(initialCapacity) : [];
    }

    /// <summary>How many bytes are written.</summary>
    public int Length => _length;

    /// <summary>How many bytes fit before the array must be exchanged for a larger one.</summary>
    public int Capacity => _array.Length;

    /// <summary>The array behind the buffer; exchanged when the buffer grows.</summary>
    public byte[] Array => _array;

    public ReadOnlySpan<byte> WrittenSpan => _array.AsSpan(0, _length);

    public ReadOnlyMemory<byte> WrittenMemory => _array.AsMemory(0, _length);

    /// <summary>The written bytes, for filling in what was not known when they were reserved.</summary>
    public Span<byte> MutableSpan => _array.AsSpan(0, _length);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_array.Length - _length), nameof(count));
        _length += count;
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureFree(Math.Max(sizeHint, 1));
        return _array.AsSpan(_length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureFree(Math.Max(sizeHint, 1));
        return _array.AsMemory(_length);
    }

    /// <summary>Makes room for <paramref name="free"/> more bytes.</summary>
    public void EnsureFree(int free)
    {
        if (_array.Length - _length < free)
        {
            Grow(free);
        }
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>Cuts the content to <paramref name="length"/> bytes.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)_length, nameof(length));
        _length = length;
    }

    /// <summary>Empties the buffer and keeps its array.</summary>
    public void Reset() => _length = 0;

    public void Dispose()
    {
        byte[] array = _array;
        _array = [];
        _length = 0;
        if (array.Length > 0)
        {
            _pool.Return(array);
        }
    }

    private void Grow(int free)
    {
        long needed = (long)_length + free;
        if (needed > System.Array.MaxLength)
        {
            throw new InvalidOperationException($"A buffer of {needed} bytes is larger than an array can be.");
        }

        int capacity = (int)Math.Min(Math.Max(needed, 2L * _array.Length), System.Array.MaxLength);
        byte[] larger = _pool.Rent(capacity);
        _array.AsSpan(0, _length).CopyTo(larger);
        if (_array.Length > 0)
        {
            _pool.Return(_array);
        }

        _array = larger;
    }
}
