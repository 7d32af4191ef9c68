using System.Numerics;
using System.Runtime.InteropServices;

namespace HighPerf.Kafka.Cli.Measuring.Consuming;

/// <summary>
/// Adds bytes up as 64-bit numbers, little-endian, the rest as one more: the cheapest way to read every byte so that none can be left out. The same on every
/// machine.
/// </summary>
internal static class ByteSum
{
    public static BytesSeen Of(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        ReadOnlySpan<byte> rest = bytes;
        if (rest.Length >= Vector<byte>.Count)
        {
            ReadOnlySpan<Vector<ulong>> wide = MemoryMarshal.Cast<byte, Vector<ulong>>(rest);
            Vector<ulong> sums = Vector<ulong>.Zero;
            foreach (Vector<ulong> part in wide)
            {
                sums += part;
            }

            sum = Vector.Sum(sums);
            rest = rest[(wide.Length * Vector<byte>.Count)..];
        }

        while (rest.Length >= sizeof(ulong))
        {
            sum += MemoryMarshal.Read<ulong>(rest);
            rest = rest[sizeof(ulong)..];
        }

        ulong last = 0;
        for (int i = 0; i < rest.Length; i++)
        {
            last |= (ulong)rest[i] << (8 * i);
        }

        return new BytesSeen(sum + last, bytes.Length);
    }
}
