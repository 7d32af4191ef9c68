using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Connections;

/// <summary>
/// The body of one response, behind its header. The bytes are valid during the call that brings it; <see cref="Detach"/> keeps them longer without copying.
/// </summary>
internal readonly ref struct ResponseBody
{
    private readonly SharedBuffer _buffer;
    private readonly BufferPool _pool;
    private readonly int _offset;
    private readonly int _length;

    public ResponseBody(SharedBuffer buffer, int offset, int length, BufferPool pool)
    {
        _buffer = buffer;
        _offset = offset;
        _length = length;
        _pool = pool;
    }

    public int Length => _length;

    public ReadOnlySpan<byte> Span => _buffer.Array.AsSpan(_offset, _length);

    /// <summary>
    /// Keeps the body: returns the buffer it lies in, with one reference that is the caller's to release, and where in it the body is.
    /// A small body that shares a large receive buffer is copied to a buffer of its own size, so that a kept acknowledgement does not pin the whole.
    /// </summary>
    public SharedBuffer Detach(out int offset, out int length)
    {
        length = _length;
        if (_length < _buffer.Array.Length / 4)
        {
            SharedBuffer copy = new(_pool, _length);
            Span.CopyTo(copy.Array);
            offset = 0;
            return copy;
        }

        _buffer.AddReference();
        offset = _offset;
        return _buffer;
    }
}
