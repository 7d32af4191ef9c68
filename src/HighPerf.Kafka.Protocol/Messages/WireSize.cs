using System.Runtime.CompilerServices;
using System.Text;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Messages;

/// <summary>How many bytes values take, with their lengths. Places are those of <see cref="Refuse"/>.</summary>
internal static class WireSize
{
    /// <summary>The length of an array; -1 for null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int OfArrayLength(int count, bool compact) => compact ? Varint.SizeOfUnsigned((uint)(count + 1)) : 4;

    /// <summary>A string, which may be null where the caller allows it.</summary>
    public static long OfString(string? value, bool compact, string place, short version)
    {
        if (value is null)
        {
            return compact ? 1 : 2;
        }

        int length = Encoding.UTF8.GetByteCount(value);
        if (length > short.MaxValue)
        {
            Refuse.TooLong(place, version, length);
        }

        return compact ? Varint.SizeOfUnsigned((uint)length + 1) + length : 2 + length;
    }

    public static long OfBytes(byte[]? value, bool compact)
    {
        int length = value?.Length ?? 0;
        return length + (long)OfArrayLength(value is null ? -1 : length, compact);
    }

    /// <summary>An array of elements of one size.</summary>
    public static long OfArray<T>(List<T>? list, int elementSize, bool compact) =>
        OfArrayLength(list?.Count ?? -1, compact) + ((long)(list?.Count ?? 0) * elementSize);

    public static long OfStrings(List<string>? list, bool compact, string place, short version)
    {
        long size = OfArrayLength(list?.Count ?? -1, compact);
        for (int i = 0; i < (list?.Count ?? 0); i++)
        {
            if (list![i] is null)
            {
                Refuse.NullElement(place, version);
            }

            size += OfString(list[i], compact, place, version);
        }

        return size;
    }

    public static int OfMessage(long size, MessageDescriptor message, short version)
    {
        if (size > int.MaxValue)
        {
            Refuse.TooLarge(message, version, size);
        }

        return (int)size;
    }
}
