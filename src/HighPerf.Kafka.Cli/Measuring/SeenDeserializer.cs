using HighPerf.Kafka.Cli.Measuring.Consuming;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>Reads every byte of a key or value where it was received. Thread-safe; no state.</summary>
internal sealed class SeenDeserializer : IDeserializer<BytesSeen>
{
    public BytesSeen Deserialize(ReadOnlySpan<byte> data, bool isNull) => ByteSum.Of(data);
}
