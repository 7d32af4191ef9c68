using System.Collections.Immutable;

namespace HighPerf.Kafka.Protocol.Buffers;

/// <summary>CRC-32 (the one of gzip and Ethernet), the checksum of messages older than record batches. They are rare, so a plain table does.</summary>
internal static class Crc32
{
    private static readonly ImmutableArray<uint> Table = Build();

    /// <summary>The checksum of <paramref name="source"/>.</summary>
    public static uint Compute(ReadOnlySpan<byte> source)
    {
        ReadOnlySpan<uint> table = Table.AsSpan();
        uint register = ~0u;
        foreach (byte b in source)
        {
            register = (register >> 8) ^ table[(byte)(register ^ b)];
        }

        return ~register;
    }

    private static ImmutableArray<uint> Build()
    {
        ImmutableArray<uint>.Builder table = ImmutableArray.CreateBuilder<uint>(256);
        for (uint b = 0; b < 256; b++)
        {
            uint register = b;
            for (int bit = 0; bit < 8; bit++)
            {
                register = (register >> 1) ^ ((register & 1) != 0 ? 0xEDB88320 : 0);
            }

            table.Add(register);
        }

        return table.MoveToImmutable();
    }
}
