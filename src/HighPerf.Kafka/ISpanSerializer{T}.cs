using System.Buffers;

namespace HighPerf.Kafka;

/// <summary>
/// A serialiser that knows the exact size first: a short key then needs no buffer. The two members here are all there is to implement. It may throw, be
/// slow or send records itself; it never runs while a batch is held. Must be thread-safe.
/// </summary>
public interface ISpanSerializer<in T> : ISerializer<T>
{
    /// <summary>The exact number of bytes that <see cref="Serialize(T, Span{byte})"/> will write; -1 when the value is null on the wire.</summary>
    int GetSize(T value);

    /// <summary>Writes the value into a span of exactly the size given. Every byte of it is sent: what is not written is whatever was there.</summary>
    void Serialize(T value, Span<byte> destination);

    bool ISerializer<T>.IsNull(T value) => GetSize(value) < 0;

    void ISerializer<T>.Serialize(T value, IBufferWriter<byte> destination)
    {
        int size = Math.Max(GetSize(value), 0);
        Serialize(value, destination.GetSpan(size)[..size]);
        destination.Advance(size);
    }
}
