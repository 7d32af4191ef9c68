using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Records;

/// <summary>A batch in one buffer whose records are final and whose header is still to be written.</summary>
/// <param name="Buffer">Where the batch stands; owned by whoever owned it before.</param>
/// <param name="Position">Where in the buffer its header begins.</param>
internal readonly record struct SealedRecordBatch(PooledBuffer Buffer, int Position, SealedRecords Records)
{
    /// <summary>With the header.</summary>
    public int Length => Records.Length;

    public CompressionType Compression => Records.Compression;

    public int RecordCount => Records.RecordCount;

    /// <summary>The batch. What stands in its header is undefined until it is stamped.</summary>
    public ReadOnlySpan<byte> Bytes => Buffer.WrittenSpan.Slice(Position, Length);

    /// <summary>Writes the header, see <see cref="SealedRecords.Stamp"/>.</summary>
    public RecordBatchHeader Stamp(in RecordBatchHeader template) => Records.Stamp(Buffer.MutableSpan.Slice(Position, Length), template);
}
