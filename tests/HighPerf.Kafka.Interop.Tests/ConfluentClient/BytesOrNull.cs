namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using Confluent.Kafka;

/// <summary>Bytes as they came; null and empty stay different things.</summary>
internal sealed class BytesOrNull : IDeserializer<byte[]?>
{
    public static BytesOrNull Instance { get; } = new();

    public byte[]? Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) => isNull ? null : data.ToArray();
}
