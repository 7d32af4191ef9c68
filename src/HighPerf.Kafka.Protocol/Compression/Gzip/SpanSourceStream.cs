namespace HighPerf.Kafka.Protocol.Compression.Gzip;

/// <summary>
/// The input of a <see cref="GzipDecoder"/>: the caller's bytes, then the decoder's end mark. It points into memory that the caller has pinned,
/// between <see cref="Open"/> and <see cref="Release"/> only.
/// </summary>
internal sealed unsafe class SpanSourceStream : Stream
{
    private readonly byte[] _tail;
    private byte* _start;
    private int _length;
    private long _position;

    /// <param name="tail">Comes behind every input.</param>
    public SpanSourceStream(byte[] tail) => _tail = tail;

    /// <summary>How much of the input was taken so far.</summary>
    public int Consumed => (int)Math.Min(_position, _length);

    /// <summary>Whether input and tail were both taken to their ends.</summary>
    public bool AllTaken => _position == (long)_length + _tail.Length;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void Open(byte* start, int length)
    {
        _start = start;
        _length = length;
        _position = 0;
    }

    /// <summary>Forgets the caller's memory. Until the next <see cref="Open"/> there is nothing to read.</summary>
    public void Release()
    {
        _start = null;
        _length = 0;
        _position = _tail.Length;
    }

    public override int Read(Span<byte> buffer)
    {
        ReadOnlySpan<byte> left = _position < _length
            ? new ReadOnlySpan<byte>(_start + _position, (int)(_length - _position))
            : _tail.AsSpan((int)(_position - _length));
        int count = Math.Min(left.Length, buffer.Length);
        left[..count].CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
