using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ArmAes = System.Runtime.Intrinsics.Arm.Aes;
using ArmCrc32 = System.Runtime.Intrinsics.Arm.Crc32;

namespace HighPerf.Kafka.Protocol.Buffers;

/// <summary>
/// CRC-32C by the processor's instruction (x64 and Arm64). One step takes three cycles and a new one can begin every cycle, so a long input is cut into
/// blocks of three runs whose steps interleave; two carry-less multiplications join the three results of a block.
/// </summary>
internal static class Crc32CStreams
{
    private const int LongRun = 1024;
    private const int ShortRun = 128;

    /// <summary>For each run length L the factors that move a checksum over 2L and over L bytes; see <see cref="Shift"/> for the 33.</summary>
    private static readonly ImmutableArray<uint> Factors =
    [
        Crc32CPolynomial.Power((16 * LongRun) - 33),
        Crc32CPolynomial.Power((8 * LongRun) - 33),
        Crc32CPolynomial.Power((16 * ShortRun) - 33),
        Crc32CPolynomial.Power((8 * ShortRun) - 33),
    ];

    /// <summary>x^(2^k - 33): the factors that move a checksum over 2^k bits.</summary>
    private static readonly ImmutableArray<uint> Powers = [.. Enumerable.Range(0, 31).Select(static k => Crc32CPolynomial.Power((1L << k) - 33))];

    /// <summary>Whether this processor has what <see cref="Update"/> needs.</summary>
    public static bool IsSupported => Sse42.X64.IsSupported || ArmCrc32.Arm64.IsSupported;

    /// <summary>Whether this processor has what <see cref="MultiplyByPower"/> needs, and <see cref="Update"/> to be fast.</summary>
    public static bool CanMultiply => IsSupported && (Pclmulqdq.IsSupported || ArmAes.IsSupported);

    /// <summary>Advances the raw checksum register (not inverted) over <paramref name="source"/>.</summary>
    public static uint Update(uint register, ReadOnlySpan<byte> source)
    {
        ref byte first = ref MemoryMarshal.GetReference(source);
        nint position = 0;
        nint length = source.Length;
        if (CanMultiply && length >= 3 * ShortRun)
        {
            while (length - position >= 3 * LongRun)
            {
                register = Block(register, ref Unsafe.Add(ref first, position), LongRun, Factors[0], Factors[1]);
                position += 3 * LongRun;
            }

            while (length - position >= 3 * ShortRun)
            {
                register = Block(register, ref Unsafe.Add(ref first, position), ShortRun, Factors[2], Factors[3]);
                position += 3 * ShortRun;
            }
        }

        for (; length - position >= 8; position += 8)
        {
            register = Step(register, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, position)));
        }

        for (; position < length; position++)
        {
            register = Step(register, Unsafe.Add(ref first, position));
        }

        return register;
    }

    /// <summary>Multiplies a checksum by x^exponent, as <see cref="Crc32CPolynomial.MultiplyByPower"/> does with shifts and additions.</summary>
    public static uint MultiplyByPower(uint value, long exponent)
    {
        for (uint rest = Crc32CPolynomial.Reduce(exponent); rest != 0; rest &= rest - 1)
        {
            value = Shift(value, Powers[BitOperations.TrailingZeroCount(rest)]);
        }

        return value;
    }

    /// <summary>One step over the eight bytes of <paramref name="data"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Step(uint register, ulong data) =>
        Sse42.X64.IsSupported ? (uint)Sse42.X64.Crc32(register, data) : ArmCrc32.Arm64.ComputeCrc32C(register, data);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Step(uint register, byte data) =>
        Sse42.IsSupported ? Sse42.Crc32(register, data) : ArmCrc32.ComputeCrc32C(register, data);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Block(uint register, ref byte first, nint run, uint overTwo, uint overOne)
    {
        uint second = 0;
        uint third = 0;
        for (nint i = 0; i < run; i += 8)
        {
            register = Step(register, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, i)));
            second = Step(second, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, run + i)));
            third = Step(third, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, (2 * run) + i)));
        }

        return Shift(register, overTwo) ^ Shift(second, overOne) ^ third;
    }

    /// <summary>
    /// Multiplies by a power of x. The carry-less product of two reflected 32-bit values stands one bit too low in its 64, which counts as x^1, and
    /// the step that reduces it multiplies by x^32: hence the factor is made for an exponent that is 33 less.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Shift(uint register, uint factor)
    {
        Vector128<ulong> product = Pclmulqdq.IsSupported
            ? Pclmulqdq.CarrylessMultiply(Vector128.CreateScalar((ulong)register), Vector128.CreateScalar((ulong)factor), 0)
            : ArmAes.PolynomialMultiplyWideningLower(Vector64.CreateScalar((ulong)register), Vector64.CreateScalar((ulong)factor));
        return Step(0, product.ToScalar());
    }
}
