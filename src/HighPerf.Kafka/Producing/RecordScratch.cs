using CommunityToolkit.HighPerformance.Buffers;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// Where keys, and values of serialisers that do not know their size, are written before they go into a batch: a serialiser may throw, be slow or send
/// another record itself,
/// and must not do so inside a batch. Pooled by the producer; one send has it at a time.
/// </summary>
internal sealed class RecordScratch
{
    public ArrayPoolBufferWriter<byte> Key { get; } = new(256);

    public ArrayPoolBufferWriter<byte> Value { get; } = new(1024);

    public void Reset()
    {
        Key.Clear();
        Value.Clear();
    }
}
