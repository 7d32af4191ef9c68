using CommunityToolkit.HighPerformance.Buffers;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// Where long keys, and values of serialisers that are not ours, are written before they go into a batch: a serialiser may throw, be slow or send another
/// record itself, and must not do so inside a batch. Pooled by the producer; one send has it at a time.
/// </summary>
internal sealed class RecordScratch
{
    // What a pooled one keeps of a buffer that grew: many of them could otherwise hold many of the largest records for ever.
    private const int MostKept = 64 * 1024;
    private const int FirstKey = 256;
    private const int FirstValue = 1024;

    public ArrayPoolBufferWriter<byte> Key { get; private set; } = new(FirstKey);

    public ArrayPoolBufferWriter<byte> Value { get; private set; } = new(FirstValue);

    public void Reset()
    {
        Key = Emptied(Key, FirstKey);
        Value = Emptied(Value, FirstValue);
    }

    private static ArrayPoolBufferWriter<byte> Emptied(ArrayPoolBufferWriter<byte> writer, int capacity)
    {
        if (writer.Capacity > MostKept)
        {
            writer.Dispose();
            return new ArrayPoolBufferWriter<byte>(capacity);
        }

        writer.Clear();
        return writer;
    }
}
