using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Testing.Connections;

/// <summary>
/// The answers that wait to be sent on one connection: own bytes (sizes, headers, fields) interleaved with record bytes that stay where the log keeps them.
/// Parts are kept as offsets until <see cref="Seal"/>, because the own bytes move when their buffer grows. Owner: the cluster's loop, and the transport from
/// sealing until the send is complete.
/// </summary>
internal sealed class ResponseBuffer : IDisposable
{
    private readonly PooledBuffer _bytes;
    private readonly List<Part> _parts = [];
    private readonly List<ArraySegment<byte>> _segments = [];
    private int _runStart;
    private int _frameStart;
    private int _sharedInFrame;

    /// <summary>How things stood when the frame began, so that it can be taken back.</summary>
    private (int Parts, int RunStart, long Length) _before;

    public ResponseBuffer(BufferPool pool) => _bytes = new PooledBuffer(pool);

    /// <summary>Own bytes and shared bytes in all.</summary>
    public long Length { get; private set; }

    /// <summary>Whether a frame began that nobody took back or left behind.</summary>
    public bool HasFrame { get; private set; }

    public void BeginFrame(int correlationId, bool flexibleHeader)
    {
        HasFrame = true;
        _before = (_parts.Count, _runStart, Length);
        _frameStart = _bytes.Length;
        _sharedInFrame = 0;
        int size = flexibleHeader ? 9 : 8;
        Span<byte> span = _bytes.GetSpan(size);
        BinaryPrimitives.WriteInt32BigEndian(span[4..], correlationId);
        if (flexibleHeader)
        {
            span[8] = 0;
        }

        Advance(size);
    }

    /// <summary>Room for at least <paramref name="size"/> bytes of fields; <see cref="Advance"/> tells how many were written.</summary>
    public Span<byte> GetSpan(int size) => _bytes.GetSpan(size);

    public void Advance(int count)
    {
        _bytes.Advance(count);
        Length += count;
    }

    public void Write<TMessage>(TMessage message, short version)
        where TMessage : IKafkaMessage
    {
        int size = message.GetSize(version);
        if (size == 0)
        {
            return;
        }

        KafkaWriter writer = new(_bytes.GetSpan(size)[..size]);
        message.Write(ref writer, version);
        Advance(writer.Position);
    }

    /// <summary>Puts bytes of the log into the frame by reference. Their segment is pinned until they are sent.</summary>
    public void AppendShared(in LogSlice bytes)
    {
        EndRun();
        bytes.Segment.Pin();
        _parts.Add(new Part(bytes.Segment, bytes.Offset, bytes.Count));
        _sharedInFrame += bytes.Count;
        Length += bytes.Count;
    }

    public void EndFrame()
    {
        int size = _bytes.Length - _frameStart + _sharedInFrame - 4;
        BinaryPrimitives.WriteInt32BigEndian(_bytes.MutableSpan[_frameStart..], size);
    }

    /// <summary>The frame that began last is complete and stays.</summary>
    public void LeaveFrame() => HasFrame = false;

    /// <summary>The frame that began last, with its size, in one piece.</summary>
    public byte[] CopyFrame()
    {
        byte[] frame = new byte[Length - _before.Length];
        int end = 0;
        for (int i = _before.Parts; i < _parts.Count; i++)
        {
            Part part = _parts[i];
            int start = part.Shared is null ? Math.Max(part.Offset, _frameStart) : part.Offset;
            int count = part.Offset + part.Count - start;
            (part.Shared?.Bytes ?? _bytes.Array).AsSpan(start, count).CopyTo(frame.AsSpan(end));
            end += count;
        }

        int rest = Math.Max(_runStart, _frameStart);
        _bytes.WrittenSpan[rest..].CopyTo(frame.AsSpan(end));
        return frame;
    }

    /// <summary>Takes the frame that began last back out: it is not sent.</summary>
    public byte[] TakeFrame()
    {
        byte[] frame = CopyFrame();
        DropParts(_before.Parts);
        _runStart = _before.RunStart;
        Length = _before.Length;
        _bytes.Truncate(_frameStart);
        HasFrame = false;
        return frame;
    }

    /// <summary>Puts bytes into the output as they are.</summary>
    public void WriteRaw(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        Length += bytes.Length;
    }

    /// <summary>The pieces in order, for one gathered send. Valid until <see cref="Reset"/>.</summary>
    public List<ArraySegment<byte>> Seal()
    {
        EndRun();
        _segments.Clear();
        foreach (Part part in _parts)
        {
            _segments.Add(new ArraySegment<byte>(part.Shared?.Bytes ?? _bytes.Array, part.Offset, part.Count));
        }

        return _segments;
    }

    public void Reset()
    {
        _bytes.Reset();
        DropParts(0);
        _segments.Clear();
        _runStart = 0;
        Length = 0;
        HasFrame = false;
    }

    public void Dispose()
    {
        Reset();
        _bytes.Dispose();
    }

    private void DropParts(int first)
    {
        for (int i = first; i < _parts.Count; i++)
        {
            _parts[i].Shared?.Unpin();
        }

        _parts.RemoveRange(first, _parts.Count - first);
    }

    private void EndRun()
    {
        if (_bytes.Length > _runStart)
        {
            _parts.Add(new Part(null, _runStart, _bytes.Length - _runStart));
            _runStart = _bytes.Length;
        }
    }

    /// <summary>A stretch of a segment, or of the own bytes when <see cref="Shared"/> is null.</summary>
    private readonly record struct Part(LogSegment? Shared, int Offset, int Count);
}
