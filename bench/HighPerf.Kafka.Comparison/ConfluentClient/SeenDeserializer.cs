using Confluent.Kafka;
using HighPerf.Kafka.Cli.Measuring.Consuming;

namespace HighPerf.Kafka.Comparison.ConfluentClient;

/// <summary>Reads every byte of a key or value where it was received.</summary>
internal sealed class SeenDeserializer : IDeserializer<BytesSeen>
{
    public BytesSeen Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) => ByteSum.Of(data);
}
