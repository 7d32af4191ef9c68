using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Logs;

/// <summary>
/// What a broker checks of a produced batch before it stores it: framing, format, checksum, header. The records within are not walked: that is what a broker
/// pays for and a test cluster does not.
/// </summary>
internal static class BatchValidator
{
    /// <summary>From this Produce version on a batch may be compressed with zstd.</summary>
    private const short FirstZstdVersion = 7;

    /// <summary>Judges the records of one partition; <paramref name="message"/> says what is wrong with them.</summary>
    public static ErrorCode Validate(ReadOnlySpan<byte> records, short version, TopicConfig config, out RecordBatchHeader header, out string? message)
    {
        header = default;
        message = CheckFraming(records, out ErrorCode error);
        if (message is not null)
        {
            return error;
        }

        header = RecordBatchHeader.Read(records);
        if (records.Length > config.MaxMessageBytes)
        {
            message = $"The record batch is {records.Length} bytes; the topic takes {config.MaxMessageBytes}.";
            return ErrorCode.MessageTooLarge;
        }

        if (Crc32C.Compute(records[RecordBatchHeader.ChecksummedFrom..]) != header.Crc)
        {
            message = $"The checksum of the record batch is not {header.Crc:x8}.";
            return ErrorCode.CorruptMessage;
        }

        message = CheckHeader(header, version, out error);
        return message is null ? ErrorCode.None : error;
    }

    private static string? CheckFraming(ReadOnlySpan<byte> records, out ErrorCode error)
    {
        error = ErrorCode.InvalidRecord;
        if (records.IsEmpty)
        {
            return "There is no record batch for the partition.";
        }

        if (records.Length > RecordBatchHeader.MagicPosition && records[RecordBatchHeader.MagicPosition] != 2)
        {
            return $"The record batch has format {records[RecordBatchHeader.MagicPosition]}; only format 2 is produced.";
        }

        error = ErrorCode.CorruptMessage;
        if (records.Length < RecordBatchHeader.Size)
        {
            return $"The {records.Length} bytes of records are less than the header of a batch.";
        }

        long size = RecordBatchHeader.Read(records).SizeInBytes;
        if (size < RecordBatchHeader.Size || size > records.Length)
        {
            return $"The record batch claims {size} bytes and there are {records.Length}.";
        }

        error = ErrorCode.InvalidRecord;
        return size < records.Length ? $"There is more than one record batch for the partition: {records.Length - size} bytes follow the first." : null;
    }

    private static string? CheckHeader(in RecordBatchHeader header, short version, out ErrorCode error)
    {
        error = ErrorCode.UnsupportedCompressionType;
        if ((byte)header.Compression > (byte)CompressionType.Zstd)
        {
            error = ErrorCode.CorruptMessage;
            return $"The compression {(byte)header.Compression} is unknown.";
        }

        if (header.Compression == CompressionType.Zstd && version < FirstZstdVersion)
        {
            return $"zstd needs Produce version {FirstZstdVersion}; this is version {version}.";
        }

        error = ErrorCode.InvalidRecord;
        if (header.BaseOffset != 0)
        {
            return $"The base offset of a produced batch is 0, not {header.BaseOffset}.";
        }

        if (header.IsControl)
        {
            return "Clients do not write control batches.";
        }

        if (header.RecordCount <= 0 || header.LastOffsetDelta != header.RecordCount - 1)
        {
            return $"The record batch says that it has {header.RecordCount} records and that the last one is number {header.LastOffsetDelta}.";
        }

        if (header.HasProducerId && (header.BaseSequence < 0 || header.ProducerEpoch < 0))
        {
            return $"The record batch of producer {header.ProducerId} has epoch {header.ProducerEpoch} and sequence number {header.BaseSequence}.";
        }

        return null;
    }
}
