using System.Numerics;
using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>The few lines that all match finders share: hashes of the next bytes, and how far two places agree.</summary>
internal static unsafe class MatchSearch
{
    /// <summary>An odd constant whose bits are spread like those of the golden ratio.</summary>
    private const ulong Spread = 0x9E3779B97F4A7C15;

    /// <summary>Hashes a word without its highest <paramref name="unusedBits"/> bits to 64 - <paramref name="shift"/> bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint Hash(ulong word, int unusedBits, int shift) => (nuint)(((word << unusedBits) * Spread) >> shift);

    /// <summary>A finder stops this many bytes before its block's end, because it reads 8 bytes at the next place too.</summary>
    public const int Lookahead = 9;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read64(byte* pointer) => Unsafe.ReadUnaligned<ulong>(pointer);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Read32(byte* pointer) => Unsafe.ReadUnaligned<uint>(pointer);

    /// <summary>How many bytes before both places agree, not going below <paramref name="anchor"/> and <paramref name="lowest"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint CountBack(byte* pointer, byte* anchor, byte* match, byte* lowest)
    {
        nint count = 0;
        while (pointer - count > anchor && match - count > lowest && pointer[-1 - count] == match[-1 - count])
        {
            count++;
        }

        return count;
    }
}
