using System.Runtime.InteropServices;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Messages;

/// <summary>Arrays of primitive elements. A null list is a null array; whether that is allowed is the caller's to say.</summary>
internal static class PrimitiveArrays
{
    public static List<sbyte>? ReadInt8(ref KafkaReader reader, bool compact)
    {
        int count = reader.ReadArrayLength(1, compact);
        if (count < 0)
        {
            return null;
        }

        List<sbyte> list = new(count);
        for (int i = 0; i < count; i++)
        {
            list.Add(reader.ReadInt8());
        }

        return list;
    }

    public static void WriteInt8(ref KafkaWriter writer, List<sbyte>? list, bool compact)
    {
        writer.WriteArrayLength(list?.Count ?? -1, compact);
        foreach (sbyte element in CollectionsMarshal.AsSpan(list))
        {
            writer.WriteInt8(element);
        }
    }

    public static List<short>? ReadInt16(ref KafkaReader reader, bool compact)
    {
        int count = reader.ReadArrayLength(2, compact);
        if (count < 0)
        {
            return null;
        }

        List<short> list = new(count);
        for (int i = 0; i < count; i++)
        {
            list.Add(reader.ReadInt16());
        }

        return list;
    }

    public static void WriteInt16(ref KafkaWriter writer, List<short>? list, bool compact)
    {
        writer.WriteArrayLength(list?.Count ?? -1, compact);
        foreach (short element in CollectionsMarshal.AsSpan(list))
        {
            writer.WriteInt16(element);
        }
    }

    public static List<int>? ReadInt32(ref KafkaReader reader, bool compact)
    {
        int count = reader.ReadArrayLength(4, compact);
        if (count < 0)
        {
            return null;
        }

        List<int> list = new(count);
        for (int i = 0; i < count; i++)
        {
            list.Add(reader.ReadInt32());
        }

        return list;
    }

    public static void WriteInt32(ref KafkaWriter writer, List<int>? list, bool compact)
    {
        writer.WriteArrayLength(list?.Count ?? -1, compact);
        foreach (int element in CollectionsMarshal.AsSpan(list))
        {
            writer.WriteInt32(element);
        }
    }

    public static List<long>? ReadInt64(ref KafkaReader reader, bool compact)
    {
        int count = reader.ReadArrayLength(8, compact);
        if (count < 0)
        {
            return null;
        }

        List<long> list = new(count);
        for (int i = 0; i < count; i++)
        {
            list.Add(reader.ReadInt64());
        }

        return list;
    }

    public static void WriteInt64(ref KafkaWriter writer, List<long>? list, bool compact)
    {
        writer.WriteArrayLength(list?.Count ?? -1, compact);
        foreach (long element in CollectionsMarshal.AsSpan(list))
        {
            writer.WriteInt64(element);
        }
    }

    public static List<Guid>? ReadUuid(ref KafkaReader reader, bool compact)
    {
        int count = reader.ReadArrayLength(16, compact);
        if (count < 0)
        {
            return null;
        }

        List<Guid> list = new(count);
        for (int i = 0; i < count; i++)
        {
            list.Add(reader.ReadUuid());
        }

        return list;
    }

    public static void WriteUuid(ref KafkaWriter writer, List<Guid>? list, bool compact)
    {
        writer.WriteArrayLength(list?.Count ?? -1, compact);
        foreach (Guid element in CollectionsMarshal.AsSpan(list))
        {
            writer.WriteUuid(element);
        }
    }

    public static List<string>? ReadString(ref KafkaReader reader, bool compact)
    {
        int count = reader.ReadArrayLength(compact ? 1 : 2, compact);
        if (count < 0)
        {
            return null;
        }

        List<string> list = new(count);
        for (int i = 0; i < count; i++)
        {
            list.Add(reader.ReadString(compact));
        }

        return list;
    }

    public static void WriteString(ref KafkaWriter writer, List<string>? list, bool compact)
    {
        writer.WriteArrayLength(list?.Count ?? -1, compact);
        foreach (string element in CollectionsMarshal.AsSpan(list))
        {
            writer.WriteString(element, compact);
        }
    }
}
