using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Messages;

/// <summary>
/// The section of tagged fields at the end of a structure (KIP-482): their number, then for each its tag, its length and its bytes, tags ascending.
/// Those that
/// a version does not know are kept and written again, in their order among the known ones.
/// </summary>
internal static class TaggedFields
{
    /// <summary>Reads a section in which nothing is known.</summary>
    public static List<UnknownTaggedField>? Read(ref KafkaReader reader)
    {
        List<UnknownTaggedField>? fields = null;
        long previous = -1;
        for (uint left = reader.ReadUnsignedVarint(); left > 0; left--)
        {
            uint tag = ReadHeader(ref reader, ref previous, out int end);
            fields = Keep(ref reader, fields, tag, end);
        }

        return fields;
    }

    /// <summary>Reads a section and keeps nothing.</summary>
    public static void Skip(ref KafkaReader reader)
    {
        long previous = -1;
        for (uint left = reader.ReadUnsignedVarint(); left > 0; left--)
        {
            ReadHeader(ref reader, ref previous, out int end);
            reader.ReadRaw(end - reader.Position);
        }
    }

    /// <summary>Reads tag and length of a field; <paramref name="end"/> is the position after its bytes, which are there.</summary>
    public static uint ReadHeader(ref KafkaReader reader, ref long previous, out int end)
    {
        uint tag = reader.ReadUnsignedVarint();
        uint length = reader.ReadUnsignedVarint();
        if (tag <= previous)
        {
            reader.ThrowAt($"the tag {tag} comes after the tag {previous}; tags ascend");
        }

        if (length > (uint)reader.Remaining)
        {
            reader.ThrowAt($"the tagged field {tag} of {length} bytes cannot be in the {reader.Remaining} bytes left");
        }

        previous = tag;
        end = reader.Position + (int)length;
        return tag;
    }

    /// <summary>After a known field: it must have taken the length that was stated.</summary>
    public static void CheckEnd(ref KafkaReader reader, uint tag, int end)
    {
        if (reader.Position != end)
        {
            reader.ThrowAt($"the tagged field {tag} should end at offset {end}");
        }
    }

    public static List<UnknownTaggedField> Keep(ref KafkaReader reader, List<UnknownTaggedField>? fields, uint tag, int end)
    {
        fields ??= [];
        fields.Add(new UnknownTaggedField(tag, reader.ReadRaw(end - reader.Position).ToArray()));
        return fields;
    }

    /// <summary>The size of a known field, with its tag and length.</summary>
    public static long SizeOf(uint tag, long length) => Varint.SizeOfUnsigned(tag) + Varint.SizeOfUnsigned((uint)length) + length;

    /// <summary>The size of the unknown fields and of the number of all of them.</summary>
    /// <param name="known">How many known fields are written.</param>
    /// <param name="knownTags">A bit for each tag that the version knows.</param>
    public static long SizeOf(List<UnknownTaggedField>? fields, int known, ulong knownTags, string message, short version)
    {
        if (fields is null)
        {
            return Varint.SizeOfUnsigned((uint)known);
        }

        long size = Varint.SizeOfUnsigned((uint)(known + fields.Count));
        long previous = -1;
        for (int i = 0; i < fields.Count; i++)
        {
            uint tag = fields[i].Tag;
            if (tag <= previous || (tag < 64 && ((knownTags >> (int)tag) & 1) != 0))
            {
                Refuse.TagOrder(message, version, tag);
            }

            previous = tag;
            size += SizeOf(tag, fields[i].Data.Length);
        }

        return size;
    }

    /// <summary>Writes a section in which nothing is known.</summary>
    public static void Write(ref KafkaWriter writer, List<UnknownTaggedField>? fields)
    {
        int written = Begin(ref writer, fields, 0);
        WriteRest(ref writer, fields, written);
    }

    /// <summary>Writes the number of fields; returns how many unknown ones are written.</summary>
    public static int Begin(ref KafkaWriter writer, List<UnknownTaggedField>? fields, int known)
    {
        writer.WriteUnsignedVarint((uint)(known + (fields?.Count ?? 0)));
        return 0;
    }

    /// <summary>Writes the unknown fields that come before a tag.</summary>
    public static int WriteBelow(ref KafkaWriter writer, List<UnknownTaggedField>? fields, int written, uint tag)
    {
        while (fields is not null && written < fields.Count && fields[written].Tag < tag)
        {
            WriteField(ref writer, fields[written++]);
        }

        return written;
    }

    public static void WriteRest(ref KafkaWriter writer, List<UnknownTaggedField>? fields, int written)
    {
        for (int i = written; i < (fields?.Count ?? 0); i++)
        {
            WriteField(ref writer, fields![i]);
        }
    }

    public static void WriteHeader(ref KafkaWriter writer, uint tag, long length)
    {
        writer.WriteUnsignedVarint(tag);
        writer.WriteUnsignedVarint((uint)length);
    }

    private static void WriteField(ref KafkaWriter writer, UnknownTaggedField field)
    {
        WriteHeader(ref writer, field.Tag, field.Data.Length);
        writer.WriteRaw(field.Data);
    }
}
