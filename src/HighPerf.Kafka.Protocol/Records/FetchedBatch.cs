using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;

namespace HighPerf.Kafka.Protocol.Records;

/// <summary>A batch with records for the application. It does not own its bytes.</summary>
/// <param name="Bytes">The batch with its header.</param>
/// <param name="FirstOffset">Records below this offset were not asked for.</param>
internal readonly record struct FetchedBatch(RecordBatchHeader Header, ReadOnlyMemory<byte> Bytes, long FirstOffset)
{
    /// <summary>The position behind the batch, even if its last records were compacted away.</summary>
    public long NextOffset => Header.LastOffset + 1;

    /// <summary>Whether <see cref="GetRecords"/> has to decompress.</summary>
    public bool IsCompressed => Header.Compression != CompressionType.None;

    /// <summary>The records from <see cref="FirstOffset"/> on. Compressed ones stand in <paramref name="scratch"/> then, which is emptied first.</summary>
    public RecordEnumerator GetRecords(CompressionCodecs codecs, PooledBuffer scratch) =>
        new RecordBatchView(Header, Bytes.Span, 0).GetRecords(codecs, scratch, FirstOffset);
}
