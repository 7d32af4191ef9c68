using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Records;

/// <summary>
/// What stands before the records of a batch (message format 2), or the like of it for one message of the formats 0 and 1.
/// </summary>
/// <remarks>
/// <code>
/// offset  size
///      0     8  base offset            outside the checksum: the broker assigns it
///      8     4  batch length           of what follows this field
///     12     4  partition leader epoch outside the checksum
///     16     1  magic                  2
///     17     4  crc                    CRC-32C of everything from the attributes to the end
///     21     2  attributes             bits 0-2 compression, 3 log-append time, 4 transactional, 5 control, 6 delete horizon
///     23     4  last offset delta
///     27     8  base timestamp         the delete horizon where bit 6 is set
///     35     8  max timestamp
///     43     8  producer id
///     51     2  producer epoch
///     53     4  base sequence
///     57     4  record count
///     61        the records, compressed as a whole
/// </code>
/// </remarks>
internal readonly record struct RecordBatchHeader
{
    public const int Size = 61;

    /// <summary>Offset and length: what a batch takes beyond its length field.</summary>
    public const int LogOverhead = 12;

    public const int MagicPosition = 16;
    public const int CrcPosition = 17;
    public const int ChecksummedFrom = 21;

    public const short CompressionMask = 0x07;
    public const short LogAppendTimeFlag = 0x08;
    public const short TransactionalFlag = 0x10;
    public const short ControlFlag = 0x20;
    public const short DeleteHorizonFlag = 0x40;

    /// <summary>The header of a batch that no broker and no idempotent producer has touched: no leader epoch, no producer, offset 0.</summary>
    public RecordBatchHeader()
    {
        Magic = 2;
        PartitionLeaderEpoch = -1;
        ProducerId = -1;
        ProducerEpoch = -1;
        BaseSequence = -1;
        MaxTimestamp = -1;
        BaseTimestamp = -1;
    }

    public long BaseOffset { get; init; }

    /// <summary>The number of bytes after the length field; for formats 0 and 1 the message size.</summary>
    public int BatchLength { get; init; }

    public int PartitionLeaderEpoch { get; init; }

    /// <summary>The message format: 0, 1 or 2.</summary>
    public byte Magic { get; init; }

    public uint Crc { get; init; }

    public short Attributes { get; init; }

    public int LastOffsetDelta { get; init; }

    public long BaseTimestamp { get; init; }

    public long MaxTimestamp { get; init; }

    public long ProducerId { get; init; }

    public short ProducerEpoch { get; init; }

    public int BaseSequence { get; init; }

    /// <summary>How many records the batch says it has. -1 for a compressed message of formats 0 and 1, which does not say.</summary>
    public int RecordCount { get; init; }

    /// <summary>The number of bytes with offset and length field.</summary>
    public long SizeInBytes => (long)LogOverhead + BatchLength;

    /// <summary>The numbers 5 to 7 mean nothing yet; <see cref="Compression.CompressionCodecs"/> refuses them.</summary>
    public CompressionType Compression => (CompressionType)(Attributes & CompressionMask);

    public TimestampType TimestampType =>
        Magic == 0 ? TimestampType.NotAvailable : (Attributes & LogAppendTimeFlag) != 0 ? TimestampType.LogAppendTime : TimestampType.CreateTime;

    public bool IsTransactional => Magic >= 2 && (Attributes & TransactionalFlag) != 0;

    public bool IsControl => Magic >= 2 && (Attributes & ControlFlag) != 0;

    public bool HasDeleteHorizon => Magic >= 2 && (Attributes & DeleteHorizonFlag) != 0;

    public bool HasProducerId => ProducerId >= 0;

    /// <summary>The offset of the last record the batch had when it was written, even if compaction removed it.</summary>
    public long LastOffset => BaseOffset + LastOffsetDelta;

    public int LastSequence => BaseSequence < 0 ? -1 : AddToSequence(BaseSequence, LastOffsetDelta);

    /// <summary>Sequence numbers wrap from 2^31-1 to 0, also within a batch (rule P2).</summary>
    public static int AddToSequence(int sequence, int delta) => (int)(((uint)sequence + (uint)delta) & int.MaxValue);

    public static short MakeAttributes(CompressionType compression, bool isTransactional = false, bool isControl = false,
        TimestampType timestampType = TimestampType.CreateTime, bool hasDeleteHorizon = false) =>
        (short)((int)compression
            | (timestampType == TimestampType.LogAppendTime ? LogAppendTimeFlag : 0)
            | (isTransactional ? TransactionalFlag : 0)
            | (isControl ? ControlFlag : 0)
            | (hasDeleteHorizon ? DeleteHorizonFlag : 0));

    /// <summary>Reads the header of a batch of format 2 from its first <see cref="Size"/> bytes.</summary>
    public static RecordBatchHeader Read(ReadOnlySpan<byte> batch)
    {
        batch = batch[..Size];
        return new RecordBatchHeader
        {
            BaseOffset = BinaryPrimitives.ReadInt64BigEndian(batch),
            BatchLength = BinaryPrimitives.ReadInt32BigEndian(batch[8..]),
            PartitionLeaderEpoch = BinaryPrimitives.ReadInt32BigEndian(batch[12..]),
            Magic = batch[MagicPosition],
            Crc = BinaryPrimitives.ReadUInt32BigEndian(batch[CrcPosition..]),
            Attributes = BinaryPrimitives.ReadInt16BigEndian(batch[ChecksummedFrom..]),
            LastOffsetDelta = BinaryPrimitives.ReadInt32BigEndian(batch[23..]),
            BaseTimestamp = BinaryPrimitives.ReadInt64BigEndian(batch[27..]),
            MaxTimestamp = BinaryPrimitives.ReadInt64BigEndian(batch[35..]),
            ProducerId = BinaryPrimitives.ReadInt64BigEndian(batch[43..]),
            ProducerEpoch = BinaryPrimitives.ReadInt16BigEndian(batch[51..]),
            BaseSequence = BinaryPrimitives.ReadInt32BigEndian(batch[53..]),
            RecordCount = BinaryPrimitives.ReadInt32BigEndian(batch[57..]),
        };
    }

    /// <summary>Writes all fields, <see cref="Crc"/> as it stands, to the first <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> batch)
    {
        batch = batch[..Size];
        BinaryPrimitives.WriteInt64BigEndian(batch, BaseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[8..], BatchLength);
        BinaryPrimitives.WriteInt32BigEndian(batch[12..], PartitionLeaderEpoch);
        batch[MagicPosition] = Magic;
        BinaryPrimitives.WriteUInt32BigEndian(batch[CrcPosition..], Crc);
        BinaryPrimitives.WriteInt16BigEndian(batch[ChecksummedFrom..], Attributes);
        BinaryPrimitives.WriteInt32BigEndian(batch[23..], LastOffsetDelta);
        BinaryPrimitives.WriteInt64BigEndian(batch[27..], BaseTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[35..], MaxTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[43..], ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(batch[51..], ProducerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(batch[53..], BaseSequence);
        BinaryPrimitives.WriteInt32BigEndian(batch[57..], RecordCount);
    }

    /// <summary>Writes the header with the checksum that belongs to it, given that of the records behind it.</summary>
    /// <returns>The header as written.</returns>
    public RecordBatchHeader WriteChecksummed(Span<byte> batch, uint payloadCrc)
    {
        Write(batch);
        uint crc = Crc32C.Compute(batch[ChecksummedFrom..Size]);
        crc = Crc32C.Combine(crc, payloadCrc, SizeInBytes - Size);
        BinaryPrimitives.WriteUInt32BigEndian(batch[CrcPosition..], crc);
        return this with { Crc = crc };
    }
}
