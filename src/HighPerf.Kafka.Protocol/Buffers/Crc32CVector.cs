using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HighPerf.Kafka.Protocol.Buffers;

/// <summary>
/// CRC-32C by carry-less multiplication of 512-bit vectors. A lane of 128 bits is moved forward over d bits by multiplying its first half with x^(d+64)
/// and its second half with x^d, and is then added to the data found there; four vectors are moved at a time to hide the latency. What is left at the end
/// is one lane that has the same remainder as the whole input, and the checksum instruction reduces it.
/// </summary>
internal static class Crc32CVector
{
    /// <summary>Below this the set-up costs more than it gains.</summary>
    public const int MinLength = 4 * Width;

    private const int Width = 64;

    /// <summary>
    /// Pairs of factors for moving over 2048, 512 and 128 bits. A product of a reflected 64-bit and a 32-bit value stands 33 bits too low in its lane.
    /// </summary>
    private static readonly ImmutableArray<ulong> Factors =
    [
        Crc32CPolynomial.Power(2048 + 64 - 33), Crc32CPolynomial.Power(2048 - 33),
        Crc32CPolynomial.Power(512 + 64 - 33), Crc32CPolynomial.Power(512 - 33),
        Crc32CPolynomial.Power(128 + 64 - 33), Crc32CPolynomial.Power(128 - 33),
    ];

    /// <summary>Whether this processor has what <see cref="Update"/> needs.</summary>
    public static bool IsSupported => Pclmulqdq.V512.IsSupported && Avx512F.IsSupported && Crc32CStreams.IsSupported;

    /// <summary>Advances the raw checksum register (not inverted) over <paramref name="source"/>, which has at least <see cref="MinLength"/> bytes.</summary>
    public static uint Update(uint register, ReadOnlySpan<byte> source)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(source.Length, MinLength);
        ref byte first = ref MemoryMarshal.GetReference(source);
        Vector512<ulong> a = Load(ref first, 0) ^ Vector512.CreateScalar((ulong)register);
        Vector512<ulong> b = Load(ref first, Width);
        Vector512<ulong> c = Load(ref first, 2 * Width);
        Vector512<ulong> d = Load(ref first, 3 * Width);
        nint position = 4 * Width;
        Vector512<ulong> factors = Pair(0);
        for (; source.Length - position >= 4 * Width; position += 4 * Width)
        {
            a = Move(a, factors) ^ Load(ref first, position);
            b = Move(b, factors) ^ Load(ref first, position + Width);
            c = Move(c, factors) ^ Load(ref first, position + (2 * Width));
            d = Move(d, factors) ^ Load(ref first, position + (3 * Width));
        }

        factors = Pair(2);
        a = Move(a, factors) ^ b;
        a = Move(a, factors) ^ c;
        a = Move(a, factors) ^ d;
        for (; source.Length - position >= Width; position += Width)
        {
            a = Move(a, factors) ^ Load(ref first, position);
        }

        Vector128<ulong> lane = Join(a);
        register = Crc32CStreams.Step(Crc32CStreams.Step(0, lane.ToScalar()), lane.GetElement(1));
        return Crc32CStreams.Update(register, source[(int)position..]);
    }

    private static Vector128<ulong> Join(Vector512<ulong> vector)
    {
        Vector128<ulong> factors = Vector128.Create(Factors[4], Factors[5]);
        Vector128<ulong> lane = vector.GetLower().GetLower();
        lane = Move(lane, factors) ^ vector.GetLower().GetUpper();
        lane = Move(lane, factors) ^ vector.GetUpper().GetLower();
        return Move(lane, factors) ^ vector.GetUpper().GetUpper();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Load(ref byte first, nint offset) => Vector512.LoadUnsafe(ref first, (nuint)offset).AsUInt64();

    private static Vector512<ulong> Pair(int index)
    {
        Vector256<ulong> half = Vector256.Create(Factors[index], Factors[index + 1], Factors[index], Factors[index + 1]);
        return Vector512.Create(half, half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Move(Vector512<ulong> vector, Vector512<ulong> factors) =>
        Pclmulqdq.V512.CarrylessMultiply(vector, factors, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(vector, factors, 0x11);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Move(Vector128<ulong> lane, Vector128<ulong> factors) =>
        Pclmulqdq.CarrylessMultiply(lane, factors, 0x00) ^ Pclmulqdq.CarrylessMultiply(lane, factors, 0x11);
}
