using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;

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

    public ResponseBuffer(BufferPool pool) => _bytes = new PooledBuffer(pool);

    /// <summary>Own bytes and shared bytes in all.</summary>
    public long Length { get; private set; }

    public void BeginFrame(int correlationId, bool flexibleHeader)
    {
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

    /// <summary>Puts bytes of the log into the frame by reference. The log never changes bytes it has stored, so nothing needs to be held.</summary>
    public void AppendShared(ArraySegment<byte> bytes)
    {
        EndRun();
        _parts.Add(new Part(bytes.Array, bytes.Offset, bytes.Count));
        _sharedInFrame += bytes.Count;
        Length += bytes.Count;
    }

    public void EndFrame()
    {
        int size = _bytes.Length - _frameStart + _sharedInFrame - 4;
        BinaryPrimitives.WriteInt32BigEndian(_bytes.MutableSpan[_frameStart..], size);
    }

    /// <summary>The pieces in order, for one gathered send. Valid until <see cref="Reset"/>.</summary>
    public List<ArraySegment<byte>> Seal()
    {
        EndRun();
        _segments.Clear();
        foreach (Part part in _parts)
        {
            _segments.Add(new ArraySegment<byte>(part.Shared ?? _bytes.Array, part.Offset, part.Count));
        }

        return _segments;
    }

    public void Reset()
    {
        _bytes.Reset();
        _parts.Clear();
        _segments.Clear();
        _runStart = 0;
        Length = 0;
    }

    public void Dispose()
    {
        Reset();
        _bytes.Dispose();
    }

    private void EndRun()
    {
        if (_bytes.Length > _runStart)
        {
            _parts.Add(new Part(null, _runStart, _bytes.Length - _runStart));
            _runStart = _bytes.Length;
        }
    }

    /// <summary>A stretch of a foreign array, or of the own bytes when <see cref="Shared"/> is null.</summary>
    private readonly record struct Part(byte[]? Shared, int Offset, int Count);
}
