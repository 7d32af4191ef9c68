using System.Text.Json;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Tests.Buffers;

public sealed class Crc32CTests
{
    private static readonly byte[] Noise = MakeNoise(1 << 20);

    [Fact]
    public void Checksums_of_the_vectors_are_right()
    {
        int count = 0;
        foreach (JsonElement line in Vectors.Read("answers/crc32c.jsonl.gz"))
        {
            count++;
            int offset = line.GetProperty("offset").GetInt32();
            ReadOnlySpan<byte> bytes = Vectors.Hex(line.GetProperty("hex")).AsSpan(offset, line.GetProperty("length").GetInt32());
            uint expected = line.GetProperty("crc").GetUInt32();
            Assert.Equal(expected, Crc32C.Compute(bytes));
            Assert.Equal(expected, ~Crc32CTable.Update(~0u, bytes));
        }

        Assert.Equal(101, count);
    }

    [Fact]
    public void The_check_value_of_the_catalogue_is_met()
    {
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));
        Assert.Equal(0u, Crc32C.Compute([]));
    }

    [Fact]
    public void Every_path_agrees_with_a_bit_by_bit_register_at_every_length_and_alignment()
    {
        for (int length = 0; length <= 1100; length++)
        {
            CheckAllPaths(Noise.AsSpan(length % 67, length), (uint)length * 2654435761);
        }

        for (int alignment = 0; alignment < 64; alignment++)
        {
            CheckAllPaths(Noise.AsSpan(alignment, 3500), 7);
        }
    }

    [Theory]
    [InlineData(3071)]
    [InlineData(3072)]
    [InlineData(3073)]
    [InlineData(4096)]
    [InlineData(65_535)]
    [InlineData(100_003)]
    [InlineData(1 << 20)]
    public void Every_path_agrees_on_large_inputs(int length) => CheckAllPaths(Noise.AsSpan(0, length), 0);

    [Fact]
    public void Appending_in_pieces_equals_computing_at_once()
    {
        Random random = new(5);
        uint whole = Crc32C.Compute(Noise);
        for (int round = 0; round < 20; round++)
        {
            uint crc = 0;
            int position = 0;
            while (position < Noise.Length)
            {
                int length = Math.Min(random.Next(1, 60_000), Noise.Length - position);
                crc = Crc32C.Append(crc, Noise.AsSpan(position, length));
                position += length;
            }

            Assert.Equal(whole, crc);
        }
    }

    [Fact]
    public void Combining_two_checksums_gives_that_of_both_parts()
    {
        Random random = new(6);
        for (int round = 0; round < 500; round++)
        {
            int length = random.Next(0, round < 400 ? 2000 : Noise.Length);
            int cut = random.Next(0, length + 1);
            ReadOnlySpan<byte> all = Noise.AsSpan(0, length);
            Assert.Equal(Crc32C.Compute(all), Crc32C.Combine(Crc32C.Compute(all[..cut]), Crc32C.Compute(all[cut..]), length - cut));
        }
    }

    [Fact]
    public void Combining_over_lengths_beyond_four_gigabytes_is_consistent()
    {
        // A then n zero bytes, in two steps or in one.
        uint a = Crc32C.Compute("a"u8);
        long half = 3_000_000_000;
        Assert.Equal(Crc32C.Combine(a, 0, 2 * half), Crc32C.Combine(Crc32C.Combine(a, 0, half), 0, half));
    }

    [Fact]
    public void Multiplying_by_powers_is_the_same_with_and_without_the_instruction()
    {
        Random random = new(7);
        for (int round = 0; round < 200; round++)
        {
            uint value = (uint)random.NextInt64(1L << 32);
            long exponent = random.NextInt64(1L << random.Next(1, 62)) - (round % 3);
            uint expected = Crc32CPolynomial.Multiply(value, Crc32CPolynomial.Power(exponent));
            Assert.Equal(expected, Crc32CPolynomial.MultiplyByPower(value, exponent));
            if (Crc32CStreams.CanMultiply)
            {
                Assert.Equal(expected, Crc32CStreams.MultiplyByPower(value, exponent));
            }
        }
    }

    [Fact]
    public void Crc32_meets_the_check_value_of_the_catalogue() => Assert.Equal(0xCBF43926u, Crc32.Compute("123456789"u8));

    private static void CheckAllPaths(ReadOnlySpan<byte> bytes, uint register)
    {
        uint expected = BitByBit(register, bytes);
        Assert.Equal(expected, Crc32CTable.Update(register, bytes));
        if (Crc32CStreams.IsSupported)
        {
            Assert.Equal(expected, Crc32CStreams.Update(register, bytes));
        }

        if (Crc32CVector.IsSupported && bytes.Length >= Crc32CVector.MinLength)
        {
            Assert.Equal(expected, Crc32CVector.Update(register, bytes));
        }

        Assert.Equal(~expected, Crc32C.Append(~register, bytes));
    }

    private static uint BitByBit(uint register, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            register ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                register = (register >> 1) ^ ((register & 1) != 0 ? 0x82F63B78 : 0);
            }
        }

        return register;
    }

    private static byte[] MakeNoise(int length)
    {
        byte[] noise = new byte[length + 128];
        new Random(1).NextBytes(noise);
        return noise;
    }
}
