using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Testing.Logs;

/// <summary>What a broker looks at in the records of a Produce request first of all: that there is just one batch, of format 2.</summary>
internal static class BatchFraming
{
    /// <summary>The smallest length that a broker takes for one: a message of format 0 has no less.</summary>
    private const int SmallestLength = 14;

    /// <summary>From this Produce version on a batch may be compressed with zstd.</summary>
    private const short FirstZstdVersion = 7;

    /// <summary>Up to the format, which tells how to go on.</summary>
    private const int SizeUpToMagic = RecordBatchHeader.MagicPosition + 1;

    /// <param name="records">What came for the partition; cut to the batch, behind which up to a few bytes may stand that are no batch.</param>
    public static ErrorCode Check(ref ReadOnlySpan<byte> records, short version, out string? message)
    {
        message = null;
        ErrorCode error = TakeBatch(records, out int size);
        if (error != ErrorCode.None)
        {
            message = $"The {records.Length} bytes of records for the partition are no whole record batch.";
            return error;
        }

        ReadOnlySpan<byte> batch = records[..size];
        if (batch[RecordBatchHeader.MagicPosition] != 2)
        {
            message = $"The record batch has format {batch[RecordBatchHeader.MagicPosition]}; only format 2 is produced.";
            return ErrorCode.InvalidRecord;
        }

        if (version < FirstZstdVersion && size > RecordBatchHeader.ChecksummedFrom + 1
            && (batch[RecordBatchHeader.ChecksummedFrom + 1] & RecordBatchHeader.CompressionMask) == (int)CompressionType.Zstd)
        {
            message = $"zstd needs Produce version {FirstZstdVersion}; this is version {version}.";
            return ErrorCode.UnsupportedCompressionType;
        }

        error = TakeBatch(records[size..], out int more);
        if (error == ErrorCode.None)
        {
            message = $"There is more than one record batch for the partition: {more} bytes follow the first.";
            return ErrorCode.InvalidRecord;
        }

        // No further batch is as it should be; a broken one is not.
        records = batch;
        message = error == ErrorCode.CorruptMessage ? "What follows the record batch is neither nothing nor a batch." : null;
        return error == ErrorCode.InvalidRecord ? ErrorCode.None : error;
    }

    /// <summary>The size of the batch that the bytes begin with. INVALID_RECORD: there is none, or not all of it.</summary>
    private static ErrorCode TakeBatch(ReadOnlySpan<byte> bytes, out int size)
    {
        size = 0;
        if (bytes.Length < RecordBatchHeader.LogOverhead)
        {
            return ErrorCode.InvalidRecord;
        }

        int length = BinaryPrimitives.ReadInt32BigEndian(bytes[(RecordBatchHeader.LogOverhead - sizeof(int))..]);
        if (length is < SmallestLength or > int.MaxValue - RecordBatchHeader.LogOverhead)
        {
            return ErrorCode.CorruptMessage;
        }

        if (bytes.Length < SizeUpToMagic)
        {
            return ErrorCode.InvalidRecord;
        }

        if (bytes[RecordBatchHeader.MagicPosition] > 2)
        {
            return ErrorCode.CorruptMessage;
        }

        size = RecordBatchHeader.LogOverhead + length;
        return size <= bytes.Length ? ErrorCode.None : ErrorCode.InvalidRecord;
    }
}
