using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Messages.Hot;

/// <summary>What the hot encoders and views share: the two forms, plain and compact, of strings and counts, and the skipping of tagged fields.</summary>
internal static class HotPrimitives
{
    /// <summary>A count or a length, in the form of arrays and records.</summary>
    public static void WriteCount(ref KafkaWriter writer, bool flexible, int count)
    {
        if (flexible)
        {
            writer.WriteUnsignedVarint((uint)(count + 1));
        }
        else
        {
            writer.WriteInt32(count);
        }
    }

    public static void WriteString(ref KafkaWriter writer, bool flexible, ReadOnlySpan<byte> utf8)
    {
        if (flexible)
        {
            writer.WriteUnsignedVarint((uint)utf8.Length + 1);
        }
        else
        {
            writer.WriteInt16(checked((short)utf8.Length));
        }

        writer.WriteRaw(utf8);
    }

    /// <summary>Empty stands for null.</summary>
    public static void WriteNullableString(ref KafkaWriter writer, bool flexible, ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > 0)
        {
            WriteString(ref writer, flexible, utf8);
        }
        else if (flexible)
        {
            writer.WriteUnsignedVarint(0);
        }
        else
        {
            writer.WriteInt16(-1);
        }
    }

    /// <summary>The element count of an array; 0 when it is null.</summary>
    public static int ReadCount(scoped ref KafkaReader reader, bool flexible, int minElementSize) =>
        Math.Max(0, flexible ? reader.ReadCompactArrayLength(minElementSize) : reader.ReadArrayLength(minElementSize));

    /// <summary>A string as UTF-8; empty when it is null.</summary>
    public static ReadOnlySpan<byte> ReadString(scoped ref KafkaReader reader, bool flexible)
    {
        if (flexible)
        {
            reader.TryReadCompactBytes(out ReadOnlySpan<byte> compact);
            return compact;
        }

        int length = reader.ReadInt16();
        return length == -1 ? default : reader.ReadRaw(length);
    }

    /// <summary>Bytes or records; false when null.</summary>
    public static bool TryReadBytes(scoped ref KafkaReader reader, bool flexible, out ReadOnlySpan<byte> bytes) =>
        flexible ? reader.TryReadCompactBytes(out bytes) : reader.TryReadBytes(out bytes);

    /// <summary>Reads the number of tagged fields; 0 in a version without them.</summary>
    public static uint ReadTagCount(scoped ref KafkaReader reader, bool flexible) => flexible ? reader.ReadUnsignedVarint() : 0;

    /// <summary>Skips a whole section of tagged fields, each by its exact size (W2).</summary>
    public static void SkipTags(scoped ref KafkaReader reader, bool flexible)
    {
        for (uint count = ReadTagCount(ref reader, flexible); count > 0; count--)
        {
            ReadTag(ref reader, out _);
        }
    }

    /// <summary>Reads one tagged field: its number, and its bytes as a reader of their own.</summary>
    public static uint ReadTag(scoped ref KafkaReader reader, out KafkaReader field)
    {
        uint tag = reader.ReadUnsignedVarint();
        uint size = reader.ReadUnsignedVarint();
        field = new KafkaReader(reader.ReadRaw(size > int.MaxValue ? -1 : (int)size));
        return tag;
    }
}
