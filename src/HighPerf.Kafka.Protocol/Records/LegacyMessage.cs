using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;

namespace HighPerf.Kafka.Protocol.Records;

/// <summary>
/// Messages of the formats 0 and 1, as old logs still hold them. Read only (rule F13).
/// </summary>
/// <remarks>
/// <code>
/// offset (8) | size (4) | crc (4) | magic (1) | attributes (1) | timestamp (8, format 1 only) | key length (4) | key | value length (4) | value
/// </code>
/// The size counts from the crc on, the CRC-32 covers from the magic on. Attributes: bits 0-2 compression, bit 3 log-append time (format 1). The value of a
/// compressed message holds messages in turn: the wrapper carries the offset of its last one, and within format 1 the inner offsets count from 0.
/// </remarks>
internal static class LegacyMessage
{
    /// <summary>The least a message of format 0 takes from its crc on.</summary>
    public const int MinSizeV0 = 4 + 1 + 1 + 4 + 4;

    /// <summary>The least a message of format 1 takes from its crc on.</summary>
    public const int MinSizeV1 = MinSizeV0 + 8;

    private const int AttributesPosition = 17;
    private const int TimestampPosition = 18;

    /// <summary>Reads what the formats have of a batch header.</summary>
    public static RecordBatchHeader ReadHeader(ReadOnlySpan<byte> message)
    {
        byte magic = message[RecordBatchHeader.MagicPosition];
        byte attributes = message[AttributesPosition];
        long timestamp = magic == 0 ? -1 : BinaryPrimitives.ReadInt64BigEndian(message[TimestampPosition..]);
        return new RecordBatchHeader
        {
            BaseOffset = BinaryPrimitives.ReadInt64BigEndian(message),
            BatchLength = BinaryPrimitives.ReadInt32BigEndian(message[8..]),
            Magic = magic,
            Crc = BinaryPrimitives.ReadUInt32BigEndian(message[RecordBatchHeader.LogOverhead..]),
            Attributes = attributes,
            BaseTimestamp = timestamp,
            MaxTimestamp = timestamp,
            RecordCount = (attributes & RecordBatchHeader.CompressionMask) == 0 ? 1 : -1,
        };
    }

    /// <summary>Where key and value of a message stand.</summary>
    public static void Locate(ReadOnlySpan<byte> message, out int keyPosition, out int keyLength, out int valuePosition, out int valueLength)
    {
        int position = message[RecordBatchHeader.MagicPosition] == 0 ? TimestampPosition : TimestampPosition + 8;
        Locate(message, ref position, out keyPosition, out keyLength);
        Locate(message, ref position, out valuePosition, out valueLength);
    }

    /// <summary>The record that the message is, or those that it wraps.</summary>
    public static RecordEnumerator GetRecords(scoped in RecordBatchView batch, CompressionCodecs codecs, PooledBuffer scratch, long firstOffset)
    {
        RecordBatchHeader header = batch.Header;
        if (header.Compression == CompressionType.None)
        {
            return new RecordEnumerator(batch.Bytes, header, offsetShift: 0, firstOffset);
        }

        if (header.Compression == CompressionType.Zstd)
        {
            throw Malformed(header, "zstd is not a compression of its message format");
        }

        Locate(batch.Bytes, out _, out _, out int valuePosition, out int valueLength);
        if (valueLength < 0)
        {
            throw Malformed(header, "it is compressed and has no value");
        }

        ReadOnlySpan<byte> inner = batch.Decompress(batch.Bytes.Slice(valuePosition, valueLength), codecs, scratch);
        long lastInner = CheckInner(inner, header);
        if (header.Magic == 0)
        {
            return new RecordEnumerator(inner, header, offsetShift: 0, firstOffset);
        }

        // A wrapper at offset 0 is what some producers send before a broker has assigned offsets: its inner offsets are taken as they are.
        long shift = header.BaseOffset == 0 ? 0 : header.BaseOffset - lastInner;
        if (shift < 0)
        {
            throw Malformed(header, $"its last inner offset {lastInner} is beyond its own");
        }

        return new RecordEnumerator(inner, header, shift, firstOffset);
    }

    /// <summary>Checks the messages inside a wrapper and returns the offset of the last one.</summary>
    private static long CheckInner(ReadOnlySpan<byte> inner, in RecordBatchHeader wrapper)
    {
        RecordBatchReader reader = new(inner);
        long last = -1;
        bool any = false;
        while (reader.TryRead(out RecordBatchView message))
        {
            if (message.Header.Magic != wrapper.Magic)
            {
                throw Malformed(wrapper, $"it wraps a message of format {message.Header.Magic}");
            }

            if (message.Header.Compression != CompressionType.None)
            {
                throw Malformed(wrapper, "it wraps a message that is compressed in turn");
            }

            last = message.Header.BaseOffset;
            any = true;
        }

        return any ? last : throw Malformed(wrapper, "it wraps no message");
    }

    private static void Locate(ReadOnlySpan<byte> message, ref int position, out int fieldPosition, out int length)
    {
        if (message.Length - position < 4)
        {
            throw Malformed(ReadHeader(message), "it ends before its value");
        }

        length = BinaryPrimitives.ReadInt32BigEndian(message[position..]);
        fieldPosition = position + 4;
        if (length > message.Length - fieldPosition)
        {
            throw Malformed(ReadHeader(message), $"a field of {length} bytes runs past its end");
        }

        position = fieldPosition + Math.Max(length, 0);
    }

    private static KafkaProtocolException Malformed(in RecordBatchHeader header, string what) =>
        new($"The message at offset {header.BaseOffset} (format {header.Magic}) is malformed: {what}.");
}
