using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace HighPerf.Kafka.Protocol.Compression;

/// <summary>
/// Copies that move whole vectors and may therefore touch bytes behind what they were asked for. They check nothing:
/// every caller proves beforehand that <see cref="Slack"/> bytes behind the end may be read (literals) and overwritten (both).
/// </summary>
internal static unsafe class WildCopy
{
    /// <summary>How many bytes behind the end of a copy may be touched.</summary>
    public const int Slack = 32;

    /// <summary>Copies between buffers that do not overlap, 32 bytes at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apart(byte* from, byte* to, int length)
    {
        byte* end = to + length;
        do
        {
            Vector128<byte> first = Vector128.Load(from);
            Vector128<byte> second = Vector128.Load(from + 16);
            first.Store(to);
            second.Store(to + 16);
            from += 32;
            to += 32;
        }
        while (to < end);
    }

    /// <summary>Appends <paramref name="length"/> bytes at a place that repeat what stands <paramref name="distance"/> bytes (1 or more) before it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Match(byte* to, int distance, int length)
    {
        byte* end = to + length;
        byte* from = to - distance;
        if (distance >= 16)
        {
            // Each load follows the store before it, so a distance of 16 is enough although two vectors move per turn.
            do
            {
                Vector128.Load(from).Store(to);
                Vector128.Load(from + 16).Store(to + 16);
                from += 32;
                to += 32;
            }
            while (to < end);
        }
        else
        {
            MatchNear(from, to, distance, end);
        }
    }

    /// <summary>The slow twin for copies that overlap within a vector: the pattern is spread over one vector, which is then stored again and again.</summary>
    private static void MatchNear(byte* from, byte* to, int distance, byte* end)
    {
        ref byte spread = ref Unsafe.AsRef(in Spread[distance * 16]);
        Vector128<byte> pattern = Vector128.ShuffleNative(Vector128.Load(from), Vector128.LoadUnsafe(ref spread));

        // The largest multiple of the distance in a vector, so that every store begins with the pattern's first byte.
        int step = Steps[distance];
        do
        {
            pattern.Store(to);
            to += step;
        }
        while (to < end);
    }

    private static ReadOnlySpan<byte> Steps => [0, 16, 16, 15, 16, 15, 12, 14, 16, 9, 10, 11, 12, 13, 14, 15];

    /// <summary>Row d: the vector positions modulo d.</summary>
    private static ReadOnlySpan<byte> Spread =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1,
        0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0,
        0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
        0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0,
        0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3,
        0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1,
        0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 1, 2, 3, 4,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 1, 2,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0, 1,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0,
    ];

    /// <summary>How many bytes equal from two places on, not reading past <paramref name="leftEnd"/>; the right place is the earlier one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CommonLength(byte* left, byte* right, byte* leftEnd)
    {
        byte* start = left;
        while (left <= leftEnd - 8)
        {
            ulong difference = Unsafe.ReadUnaligned<ulong>(left) ^ Unsafe.ReadUnaligned<ulong>(right);
            if (difference != 0)
            {
                int equalBits = BitConverter.IsLittleEndian
                    ? System.Numerics.BitOperations.TrailingZeroCount(difference)
                    : System.Numerics.BitOperations.LeadingZeroCount(difference);
                return (int)(left - start) + (equalBits >> 3);
            }

            left += 8;
            right += 8;
        }

        while (left < leftEnd && *left == *right)
        {
            left++;
            right++;
        }

        return (int)(left - start);
    }
}
