using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Connections;

/// <summary>
/// Collects frames for one gathered send: control bytes in pooled pages that never move, record bytes by reference, in order. Owner: one connection, on its
/// loop;
/// from the start of a send until its completion the pages and the list belong to the transport.
/// </summary>
internal sealed class RequestWriter
{
    private const int PageSize = 4096;

    private readonly BufferPool _pool;
    private readonly List<byte[]> _pages = [];
    private readonly List<ArraySegment<byte>> _segments = [];
    private byte[] _page = [];
    private int _runStart;
    private int _position;
    private long _length;

    private int _frameSegments;
    private int _frameRunStart;
    private int _framePosition;
    private int _framePages;
    private byte[] _framePage = [];
    private long _frameStartLength;

    public RequestWriter(BufferPool pool) => _pool = pool;

    /// <summary>All bytes collected, external ones included.</summary>
    public long Length => _length;

    public bool IsEmpty => _length == 0;

    /// <summary>Room for at least <paramref name="size"/> control bytes in a row; what is used of it is told by <see cref="Advance"/>.</summary>
    public Span<byte> GetSpan(int size)
    {
        if (_page.Length - _position < size)
        {
            TakePage(size);
        }

        return _page.AsSpan(_position);
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_page.Length - _position), nameof(count));
        _position += count;
        _length += count;
    }

    /// <summary>Appends bytes by reference. They must live, unchanged, until the request is complete.</summary>
    public void Append(ArraySegment<byte> external)
    {
        if (external.Count == 0)
        {
            return;
        }

        CloseRun();
        _segments.Add(external);
        _length += external.Count;
    }

    /// <summary>Begins a frame: leaves room for its length.</summary>
    internal void BeginFrame()
    {
        _ = GetSpan(sizeof(int));
        _frameSegments = _segments.Count;
        _frameRunStart = _runStart;
        _framePosition = _position;
        _framePages = _pages.Count;
        _framePage = _page;
        _frameStartLength = _length;
        Advance(sizeof(int));
    }

    /// <summary>Ends the frame by filling in its length. Returns the frame's size without the length field.</summary>
    internal int EndFrame()
    {
        long size = _length - _frameStartLength - sizeof(int);
        if (size > int.MaxValue)
        {
            throw new KafkaException($"A request of {size} bytes is larger than a Kafka frame can be (2,147,483,647 bytes). Send less at once.");
        }

        BinaryPrimitives.WriteInt32BigEndian(_framePage.AsSpan(_framePosition), (int)size);
        return (int)size;
    }

    /// <summary>Takes back everything since <see cref="BeginFrame"/>: the request could not be encoded.</summary>
    internal void AbandonFrame()
    {
        _segments.RemoveRange(_frameSegments, _segments.Count - _frameSegments);
        for (int i = _framePages; i < _pages.Count; i++)
        {
            _pool.Return(_pages[i]);
        }

        _pages.RemoveRange(_framePages, _pages.Count - _framePages);
        _page = _framePage;
        _runStart = _frameRunStart;
        _position = _framePosition;
        _length = _frameStartLength;
    }

    /// <summary>What to send, in order. Valid until <see cref="Reset"/>.</summary>
    internal List<ArraySegment<byte>> Finish()
    {
        CloseRun();
        return _segments;
    }

    /// <summary>Empties the writer after its send is complete. One page is kept for the next.</summary>
    internal void Reset()
    {
        _segments.Clear();
        int kept = _pages.Count > 0 && _pages[0].Length <= PageSize ? 1 : 0;
        for (int i = kept; i < _pages.Count; i++)
        {
            _pool.Return(_pages[i]);
        }

        _pages.RemoveRange(kept, _pages.Count - kept);
        _page = kept == 1 ? _pages[0] : [];
        _runStart = 0;
        _position = 0;
        _length = 0;
    }

    /// <summary>Gives every page back. The transport must have let go of them.</summary>
    internal void Release()
    {
        Reset();
        foreach (byte[] page in _pages)
        {
            _pool.Return(page);
        }

        _pages.Clear();
        _page = [];
    }

    private void TakePage(int size)
    {
        CloseRun();
        _page = _pool.Rent(Math.Max(size, PageSize));
        _pages.Add(_page);
        _runStart = 0;
        _position = 0;
    }

    private void CloseRun()
    {
        if (_position > _runStart)
        {
            _segments.Add(new ArraySegment<byte>(_page, _runStart, _position - _runStart));
            _runStart = _position;
        }
    }
}
