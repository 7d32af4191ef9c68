using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Compression.Gzip;

/// <summary>A stream that appends to a <see cref="PooledBuffer"/> it does not own. One caller at a time.</summary>
internal sealed class BufferSinkStream : Stream
{
    /// <summary>Where to write; null between two uses.</summary>
    public PooledBuffer? Target { get; set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer) => Target!.Write(buffer);

    public override void Write(byte[] buffer, int offset, int count) => Target!.Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
