namespace HighPerf.Kafka.Runtime;

/// <summary>
/// One direction of an in-memory connection: a bounded ring of bytes between a writer and a reader who live on different loops. All of its state is
/// guarded by one lock, held only while bytes are copied; completions of the other side are posted to its loop.
/// </summary>
internal sealed class InMemoryChannel(int capacity, InMemoryConnection writer, InMemoryConnection reader)
{
    private readonly Lock _gate = new();
    private readonly byte[] _ring = new byte[capacity];
    private int _start;
    private int _count;

    /// <summary>The receive under way.</summary>
    private Memory<byte> _reading;
    private bool _isReading;

    /// <summary>The send under way, and how far it is.</summary>
    private List<ArraySegment<byte>>? _writing;
    private int _writtenSegments;
    private int _writtenBytes;

    private bool _writerEnded;
    private bool _readerEnded;

    /// <summary>Sends. <paramref name="done"/>: all bytes are in the ring or with the reader. False: the reader is gone.</summary>
    public bool TryWrite(List<ArraySegment<byte>> buffers, out bool done)
    {
        lock (_gate)
        {
            done = false;
            if (_readerEnded)
            {
                return false;
            }

            if (_writing is not null)
            {
                throw new InvalidOperationException("A send is under way; there is one at a time.");
            }

            _writing = buffers;
            _writtenSegments = 0;
            _writtenBytes = 0;
            Move(out int read, out done);
            if (read > 0)
            {
                reader.PostReceived(read);
            }

            return true;
        }
    }

    /// <summary>Receives. True: <paramref name="count"/> bytes at once, 0 when the writer has ended.</summary>
    public bool Read(Memory<byte> buffer, out int count)
    {
        lock (_gate)
        {
            if (_isReading)
            {
                throw new InvalidOperationException("A receive is under way; there is one at a time.");
            }

            _reading = buffer;
            _isReading = true;
            Move(out count, out bool written);
            if (written)
            {
                writer.PostSent();
            }

            if (count == 0 && _writerEnded)
            {
                StopReading();
                return true;
            }

            return count > 0;
        }
    }

    /// <summary>The writer closes: what is in the ring is still delivered, then the end.</summary>
    public void EndWriting()
    {
        lock (_gate)
        {
            _writerEnded = true;
            _writing = null;
            if (_isReading)
            {
                StopReading();
                reader.PostReceived(0);
            }
        }
    }

    /// <summary>The reader closes: what is in the ring is lost, and so is what is sent later.</summary>
    public void EndReading()
    {
        lock (_gate)
        {
            _readerEnded = true;
            _count = 0;
            StopReading();
            if (_writing is not null)
            {
                _writing = null;
                writer.PostBroken("sending");
            }
        }
    }

    private void StopReading()
    {
        _isReading = false;
        _reading = default;
    }

    /// <summary>Moves as many bytes as can move. <paramref name="read"/> above 0 completes the receive, <paramref name="written"/> the send.</summary>
    private void Move(out int read, out bool written)
    {
        read = 0;
        if (_isReading)
        {
            read = TakeFromRing(_reading.Span);
            read += TakeFromWriter(_reading.Span[read..]);
            if (read > 0)
            {
                StopReading();
            }
        }

        while (_writing is not null && _count < _ring.Length)
        {
            int end = (_start + _count) % _ring.Length;
            int room = Math.Min(_ring.Length - end, _ring.Length - _count);
            int taken = TakeFromWriter(_ring.AsSpan(end, room));
            if (taken == 0)
            {
                break;
            }

            _count += taken;
        }

        written = _writing is not null && TakeFromWriter([]) == 0 && _writtenSegments == _writing.Count;
        if (written)
        {
            _writing = null;
        }
    }

    private int TakeFromRing(Span<byte> destination)
    {
        int taken = 0;
        while (_count > 0 && taken < destination.Length)
        {
            int length = Math.Min(Math.Min(_count, _ring.Length - _start), destination.Length - taken);
            _ring.AsSpan(_start, length).CopyTo(destination[taken..]);
            _start = (_start + length) % _ring.Length;
            _count -= length;
            taken += length;
        }

        return taken;
    }

    /// <summary>Copies what the send under way still has; steps over segments that are used up.</summary>
    private int TakeFromWriter(Span<byte> destination)
    {
        int taken = 0;
        while (_writing is not null && _writtenSegments < _writing.Count)
        {
            ReadOnlySpan<byte> rest = _writing[_writtenSegments].AsSpan(_writtenBytes);
            int length = Math.Min(rest.Length, destination.Length - taken);
            rest[..length].CopyTo(destination[taken..]);
            taken += length;
            _writtenBytes += length;
            if (length < rest.Length)
            {
                break;
            }

            _writtenSegments++;
            _writtenBytes = 0;
        }

        return taken;
    }
}
