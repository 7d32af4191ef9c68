using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Protocol.Buffers;

/// <summary>
/// CRC-32C (Castagnoli), the checksum of record batches: by wide carry-less multiplication, by the processor's instruction, or by tables, whichever is
/// the fastest that this processor has.
/// </summary>
internal static class Crc32C
{
    /// <summary>The checksum of <paramref name="source"/>.</summary>
    public static uint Compute(ReadOnlySpan<byte> source) => Append(0, source);

    /// <summary>
    /// The checksum of what <paramref name="crc"/> is the checksum of, followed by <paramref name="source"/>. The checksum of nothing is 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Append(uint crc, ReadOnlySpan<byte> source)
    {
        if (Crc32CVector.IsSupported && source.Length >= Crc32CVector.MinLength)
        {
            return ~Crc32CVector.Update(~crc, source);
        }

        return Crc32CStreams.IsSupported ? ~Crc32CStreams.Update(~crc, source) : ~Crc32CTable.Update(~crc, source);
    }

    /// <summary>
    /// The checksum of A followed by B, from the checksums of both and the length of B. So the payload is read once, while it is in cache, and the header
    /// that is known later joins for a few multiplications.
    /// </summary>
    public static uint Combine(uint crcA, uint crcB, long lengthB) => crcB ^ (Crc32CStreams.CanMultiply
        ? Crc32CStreams.MultiplyByPower(crcA, lengthB * 8)
        : Crc32CPolynomial.MultiplyByPower(crcA, lengthB * 8));
}
