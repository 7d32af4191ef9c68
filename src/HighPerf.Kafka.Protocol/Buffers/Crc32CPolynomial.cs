using System.Collections.Immutable;

namespace HighPerf.Kafka.Protocol.Buffers;

/// <summary>
/// Arithmetic modulo the CRC-32C polynomial. Values are bit-reflected as the checksum itself is: bit 31 is the coefficient of x^0, bit 0 that of x^31.
/// Appending n zero bytes to a message multiplies its remainder by x^(8n); all joining of checksums rests on that.
/// </summary>
internal static class Crc32CPolynomial
{
    /// <summary>0x1EDC6F41, reflected.</summary>
    public const uint Reflected = 0x82F63B78;

    /// <summary>The polynomial is (x + 1) times a primitive one of degree 31, so powers of x repeat after this many.</summary>
    private const uint Period = int.MaxValue;

    private const uint One = 1u << 31;

    /// <summary>x^(2^k).</summary>
    private static readonly ImmutableArray<uint> Squares = BuildSquares();

    /// <summary>The product of two remainders.</summary>
    public static uint Multiply(uint a, uint b)
    {
        uint product = 0;
        for (uint bit = One; bit != 0; bit >>= 1)
        {
            if ((a & bit) != 0)
            {
                product ^= b;
            }

            b = (b >> 1) ^ ((b & 1) != 0 ? Reflected : 0);
        }

        return product;
    }

    /// <summary>x^exponent; the exponent may be negative.</summary>
    public static uint Power(long exponent) => MultiplyByPower(One, exponent);

    /// <summary>Multiplies by x^exponent; the exponent may be negative.</summary>
    public static uint MultiplyByPower(uint value, long exponent)
    {
        uint rest = Reduce(exponent);
        for (int k = 0; rest != 0; k++, rest >>= 1)
        {
            if ((rest & 1) != 0)
            {
                value = Multiply(Squares[k], value);
            }
        }

        return value;
    }

    /// <summary>The exponent below <see cref="Period"/> that gives the same power of x.</summary>
    public static uint Reduce(long exponent) => (uint)(((exponent % Period) + Period) % Period);

    private static ImmutableArray<uint> BuildSquares()
    {
        ImmutableArray<uint>.Builder squares = ImmutableArray.CreateBuilder<uint>(31);
        uint square = One >> 1;
        for (int k = 0; k < 31; k++)
        {
            squares.Add(square);
            square = Multiply(square, square);
        }

        return squares.MoveToImmutable();
    }
}
