using System.Buffers;

namespace HighPerf.Kafka;

/// <summary>
/// Turns values into bytes. Called on the thread that sends; may throw, be slow or allocate: what it throws reaches the caller of the send as
/// <see cref="KafkaSerializationException"/> and nothing is sent. Must be thread-safe. Implement <see cref="ISpanSerializer{T}"/> where the size is
/// known beforehand.
/// </summary>
public interface ISerializer<in T>
{
    /// <summary>Whether the value is null on the wire (a tombstone when it is a record's value). Null is not empty.</summary>
    bool IsNull(T value);

    /// <summary>Writes a value that is not null.</summary>
    void Serialize(T value, IBufferWriter<byte> destination);
}
