using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// Copies that may write, and read, up to <see cref="Slack"/> bytes more than asked: the caller vouches for the room behind both ends.
/// They are the inner loops of decompression, where an exact copy would cost more than the bytes.
/// </summary>
internal static unsafe class WildCopy
{
    /// <summary>How many bytes may be touched past the end.</summary>
    public const int Slack = 32;

    /// <summary>Row n says which byte of an n-byte pattern stands in each of 16 places.</summary>
    private static ReadOnlySpan<byte> Patterns =>
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

    /// <summary>Copies runs that do not overlap, or overlap at a distance of at least 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(byte* destination, byte* source, nint count)
    {
        Vector128.Load(source).Store(destination);
        if (count > 16)
        {
            CopyRest(destination, source, count);
        }
    }

    /// <summary>Repeats what stands <paramref name="distance"/> (1 to 15) bytes before: the pattern is spread over a register once and stored at whole periods.</summary>
    public static void Repeat(byte* destination, int distance, nint count)
    {
        Vector128<byte> pattern = Vector128.ShuffleNative(
            Vector128.Load(destination - distance),
            Vector128.LoadUnsafe(ref Unsafe.AsRef(in Patterns[distance * 16])));
        int step = 16 - 16 % distance;
        byte* end = destination + count;
        do
        {
            pattern.Store(destination);
            destination += step;
        }
        while (destination < end);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyRest(byte* destination, byte* source, nint count)
    {
        byte* end = destination + count;
        do
        {
            destination += 16;
            source += 16;
            Vector128.Load(source).Store(destination);
        }
        while (destination + 16 < end);
    }
}
