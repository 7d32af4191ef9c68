using System.Buffers.Binary;

namespace HighPerf.Kafka.Runtime;

/// <summary>
/// A 64-bit hash that is the same in every process and on every machine (string hashing of the framework differs from process to process). For names
/// and event logs; it resists accidents, not attackers.
/// </summary>
internal static class StableHash
{
    public const ulong Start = 0xCBF29CE484222325;

    public static ulong Of(string text)
    {
        ulong hash = Start;
        foreach (char c in text)
        {
            hash = Add(hash, c);
        }

        return hash;
    }

    public static ulong Add(ulong hash, ulong value)
    {
        ulong z = (hash ^ value) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 32)) * 0xD6E8FEB86659FD93;
        return z ^ (z >> 29);
    }

    public static ulong Add(ulong hash, ReadOnlySpan<byte> bytes)
    {
        hash = Add(hash, (ulong)bytes.Length);
        while (bytes.Length >= sizeof(ulong))
        {
            hash = Add(hash, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte b in bytes)
        {
            hash = Add(hash, b);
        }

        return hash;
    }
}
