using System.Buffers.Binary;
using System.Collections.Immutable;

namespace HighPerf.Kafka.Protocol.Buffers;

/// <summary>CRC-32C by tables, eight bytes a step: what is left where the processor has no instruction for it, and the judge of the other paths.</summary>
internal static class Crc32CTable
{
    /// <summary>Eight tables of 256: entry b of table t is the checksum register after byte b and t zero bytes.</summary>
    private static readonly ImmutableArray<uint> Tables = Build();

    /// <summary>Advances the raw checksum register (not inverted) over <paramref name="source"/>.</summary>
    public static uint Update(uint register, ReadOnlySpan<byte> source)
    {
        ReadOnlySpan<uint> tables = Tables.AsSpan();
        while (source.Length >= 8)
        {
            uint low = BinaryPrimitives.ReadUInt32LittleEndian(source) ^ register;
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(source[4..]);
            register = tables[(int)(7 * 256 + (low & 0xff))]
                ^ tables[(int)(6 * 256 + ((low >> 8) & 0xff))]
                ^ tables[(int)(5 * 256 + ((low >> 16) & 0xff))]
                ^ tables[(int)(4 * 256 + (low >> 24))]
                ^ tables[(int)(3 * 256 + (high & 0xff))]
                ^ tables[(int)(2 * 256 + ((high >> 8) & 0xff))]
                ^ tables[(int)(1 * 256 + ((high >> 16) & 0xff))]
                ^ tables[(int)(high >> 24)];
            source = source[8..];
        }

        foreach (byte b in source)
        {
            register = (register >> 8) ^ tables[(byte)(register ^ b)];
        }

        return register;
    }

    private static ImmutableArray<uint> Build()
    {
        uint[] tables = new uint[8 * 256];
        for (uint b = 0; b < 256; b++)
        {
            uint register = b;
            for (int bit = 0; bit < 8; bit++)
            {
                register = (register >> 1) ^ ((register & 1) != 0 ? Crc32CPolynomial.Reflected : 0);
            }

            tables[b] = register;
        }

        for (int i = 256; i < tables.Length; i++)
        {
            uint previous = tables[i - 256];
            tables[i] = (previous >> 8) ^ tables[(byte)previous];
        }

        return ImmutableArray.Create(tables);
    }
}
