namespace HighPerf.Kafka.Protocol.Records;

/// <summary>
/// What is known of records that are final (and compressed, if they are to be) while the header before them is still to be written. The checksum of the
/// records is known, so that <see cref="Stamp"/> costs the same however large the batch is and may be repeated: after an epoch bump a retried batch gets
/// new numbers.
/// </summary>
/// <param name="Length">With the header.</param>
/// <param name="PayloadCrc">CRC-32C of everything behind the header.</param>
internal readonly record struct SealedRecords(
    int Length, uint PayloadCrc, CompressionType Compression, int RecordCount, int LastOffsetDelta, long BaseTimestamp, long MaxTimestamp)
{
    /// <summary>
    /// Writes the header. Taken from <paramref name="template"/>: base offset, leader epoch, producer id and epoch, base sequence, the attributes apart from
    /// the compression, and for log-append time the max timestamp.
    /// </summary>
    /// <param name="destination">Where the batch begins; only the header is written, the records may stand elsewhere.</param>
    /// <returns>The header as written.</returns>
    public RecordBatchHeader Stamp(Span<byte> destination, in RecordBatchHeader template)
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
        return header.WriteChecksummed(destination, PayloadCrc);
    }
}
