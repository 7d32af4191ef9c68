using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Connections;

/// <summary>
/// A pooled array that several may read at once. It is born with one reference; whoever keeps it adds one and releases it exactly once; the last
/// release gives
/// the array back. References are counted from any thread. Who may write: only the connection that receives into it, and only behind what others were shown.
/// </summary>
internal sealed class SharedBuffer
{
    private readonly BufferPool _pool;
    private int _references = 1;

    public SharedBuffer(BufferPool pool, int minimumLength)
    {
        _pool = pool;
        Array = pool.Rent(minimumLength);
    }

    /// <summary>The bytes; not to be touched after one's own <see cref="Release"/>.</summary>
    public byte[] Array { get; }

    /// <summary>Whether the caller, who holds a reference, is the only one: then nobody can add another, and the caller may overwrite the bytes.</summary>
    public bool IsExclusive => Volatile.Read(ref _references) == 1;

    /// <summary>Adds a reference. The caller holds one, or was handed the buffer by somebody who does.</summary>
    public void AddReference() => Interlocked.Increment(ref _references);

    /// <summary>Gives back one reference.</summary>
    public void Release()
    {
        int left = Interlocked.Decrement(ref _references);
        if (left == 0)
        {
            _pool.Return(Array);
        }
        else if (left < 0)
        {
            throw new InvalidOperationException("A shared buffer was released more often than it was referenced.");
        }
    }
}
