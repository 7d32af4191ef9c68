using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Records;

/// <summary>
/// A batch whose records are final (and compressed, if they are to be) and whose header is still to be written. The checksum of the records is known, so
/// that <see cref="Stamp"/> costs the same however large the batch is and may be repeated: after an epoch bump a retried batch gets new numbers.
/// </summary>
/// <param name="Buffer">Where the batch stands; owned by whoever owned it before.</param>
/// <param name="Position">Where in the buffer its header begins.</param>
/// <param name="Length">With the header.</param>
/// <param name="PayloadCrc">CRC-32C of everything behind the header.</param>
internal readonly record struct SealedRecordBatch(
    PooledBuffer Buffer,
    int Position,
    int Length,
    uint PayloadCrc,
    CompressionType Compression,
    int RecordCount,
    int LastOffsetDelta,
    long BaseTimestamp,
    long MaxTimestamp)
{
    /// <summary>The batch. What stands in its header is undefined until it is stamped.</summary>
    public ReadOnlySpan<byte> Bytes => Buffer.WrittenSpan.Slice(Position, Length);

    /// <summary>
    /// Writes the header. Taken from <paramref name="template"/>: base offset, leader epoch, producer id and epoch, base sequence, the attributes apart from
    /// the compression, and for log-append time the max timestamp.
    /// </summary>
    /// <returns>The header as written.</returns>
    public RecordBatchHeader Stamp(in RecordBatchHeader template)
    {
        RecordBatchHeader header = template with
        {
            Magic = 2,
            BatchLength = Length - RecordBatchHeader.LogOverhead,
            Attributes = (short)((template.Attributes & ~RecordBatchHeader.CompressionMask) | (int)Compression),
            LastOffsetDelta = LastOffsetDelta,
            BaseTimestamp = BaseTimestamp,
            MaxTimestamp = template.TimestampType == TimestampType.LogAppendTime ? template.MaxTimestamp : MaxTimestamp,
            RecordCount = RecordCount,
        };
        return header.WriteChecksummed(Buffer.MutableSpan.Slice(Position, Length), PayloadCrc);
    }
}
