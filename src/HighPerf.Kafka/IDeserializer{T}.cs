namespace HighPerf.Kafka;

/// <summary>
/// Turns bytes into values. Called on the thread that reads; what it throws reaches the reader as <see cref="KafkaSerializationException"/>. Must be
/// thread-safe.
/// </summary>
public interface IDeserializer<out T>
{
    /// <summary>Reads a value. The bytes live only during the call: keep a copy, never the span.</summary>
    /// <param name="data">The bytes; empty when null.</param>
    /// <param name="isNull">Whether the key or value is null, which is not the same as empty.</param>
    T Deserialize(ReadOnlySpan<byte> data, bool isNull);
}
