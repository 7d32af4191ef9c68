using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;

namespace HighPerf.Kafka.Protocol.Tests.Compression;

public sealed class RoundTripTests
{
    private static readonly CompressionType[] Types = [CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd];

    public static TheoryData<CompressionType, string> Cases()
    {
        TheoryData<CompressionType, string> cases = [];
        foreach (CompressionType type in Types)
        {
            foreach (string input in CodecInputs.Names)
            {
                cases.Add(type, input);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_was_compressed_comes_back(CompressionType type, string input) => AssertRoundTrip(type, CodecInputs.Create(input), null);

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void Every_short_length_comes_back(CompressionType type)
    {
        byte[] text = CodecInputs.Text(700);
        byte[] equal = CodecInputs.AllEqual(700);
        byte[] random = CodecInputs.RandomBytes(700);
        for (int length = 0; length <= 700; length += length < 300 ? 1 : 7)
        {
            AssertRoundTrip(type, text[..length], null);
            AssertRoundTrip(type, equal[..length], null);
            AssertRoundTrip(type, random[..length], null);
        }
    }

    [Theory]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void Lengths_around_a_block_come_back(CompressionType type)
    {
        byte[] records = CodecInputs.Records(140_000);
        foreach (int block in new[] { 32 * 1024, 64 * 1024, 128 * 1024 })
        {
            for (int length = block - 20; length <= block + 20; length++)
            {
                AssertRoundTrip(type, records[..length], null);
            }
        }
    }

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void Every_level_is_taken_and_maps_to_one_that_exists(CompressionType type)
    {
        byte[] json = CodecInputs.Json(200_000);
        for (int level = -1; level <= 23; level++)
        {
            AssertRoundTrip(type, json, level);
        }
    }

    [Fact]
    public void Repeats_at_every_short_distance_come_back()
    {
        foreach (CompressionType type in Types)
        {
            for (int distance = 1; distance <= 40; distance++)
            {
                byte[] pattern = CodecInputs.RandomBytes(distance, distance);
                byte[] input = new byte[5000];
                for (int i = 0; i < input.Length; i++)
                {
                    input[i] = pattern[i % distance];
                }

                AssertRoundTrip(type, input, null);
            }
        }
    }

    [Fact]
    public void Random_mixtures_of_literals_and_repeats_come_back()
    {
        Random random = new(77);
        for (int round = 0; round < 300; round++)
        {
            byte[] input = Mixture(random, random.Next(1, 150_000));
            foreach (CompressionType type in Types)
            {
                AssertRoundTrip(type, input, random.Next(1, 13));
            }
        }
    }

    [Fact]
    public void Output_is_appended_behind_what_the_buffer_already_has()
    {
        CompressionCodecs codecs = new();
        BufferPool pool = new();
        byte[] json = CodecInputs.Json(100_000);
        foreach (CompressionType type in Types)
        {
            using PooledBuffer compressed = new(pool);
            compressed.Write([1, 2, 3]);
            codecs.Get(type).Compress(json, compressed, codecs.Get(type).DefaultLevel);
            using PooledBuffer plain = new(pool);
            plain.Write([4, 5, 6, 7]);
            codecs.Get(type).Decompress(compressed.WrittenSpan[3..], plain, json.Length);
            Assert.Equal([1, 2, 3], compressed.WrittenSpan[..3].ToArray());
            Assert.Equal([4, 5, 6, 7], plain.WrittenSpan[..4].ToArray());
            Assert.True(plain.WrittenSpan[4..].SequenceEqual(json));
        }
    }

    [Fact]
    public void One_codec_serves_many_threads_at_once()
    {
        CompressionCodecs codecs = new();
        byte[][] inputs = [CodecInputs.Json(50_000), CodecInputs.Text(70_000), CodecInputs.Records(90_000), CodecInputs.RandomBytes(30_000)];
        Parallel.For(0, 16, worker =>
        {
            BufferPool pool = new();
            using PooledBuffer compressed = new(pool);
            using PooledBuffer plain = new(pool);
            for (int round = 0; round < 24; round++)
            {
                byte[] input = inputs[(worker + round) % inputs.Length];
                CompressionCodec codec = codecs.Get(Types[(worker + (round / 4)) % Types.Length]);
                compressed.Reset();
                plain.Reset();
                codec.Compress(input, compressed, round % 9);
                codec.Decompress(compressed.WrittenSpan, plain, input.Length);
                Assert.True(plain.WrittenSpan.SequenceEqual(input));
            }
        });
    }

    [Fact]
    public void A_higher_lz4_level_does_not_make_text_larger()
    {
        byte[] text = CodecInputs.Text(300_000);
        int previous = int.MaxValue;
        foreach (int level in new[] { 1, 3, 6, 9, 12 })
        {
            int length = Compress(CompressionType.Lz4, text, level).Length;
            Assert.True(length <= previous, $"level {level}: {length} bytes after {previous}");
            previous = length;
        }
    }

    [Fact]
    public void Data_that_does_not_compress_grows_by_little()
    {
        byte[] random = CodecInputs.RandomBytes(1_000_000);
        foreach (CompressionType type in Types)
        {
            Assert.InRange(Compress(type, random, null).Length, random.Length, random.Length + (random.Length / 1000) + 100);
        }
    }

    private static byte[] Mixture(Random random, int length)
    {
        byte[] input = new byte[length];
        int at = 0;
        while (at < length)
        {
            int run = Math.Min(length - at, 1 + random.Next(random.Next(1, 400)));
            if (at == 0 || random.Next(3) == 0)
            {
                random.NextBytes(input.AsSpan(at, run));
            }
            else
            {
                int distance = 1 + random.Next(Math.Min(at, random.Next(1, 100_000)));
                for (int i = 0; i < run; i++)
                {
                    input[at + i] = input[at + i - distance];
                }
            }

            at += run;
        }

        return input;
    }

    private static byte[] Compress(CompressionType type, byte[] input, int? level)
    {
        CompressionCodec codec = new CompressionCodecs().Get(type);
        using PooledBuffer compressed = new(new BufferPool());
        codec.Compress(input, compressed, level ?? codec.DefaultLevel);
        return compressed.WrittenSpan.ToArray();
    }

    private static void AssertRoundTrip(CompressionType type, byte[] input, int? level)
    {
        byte[] compressed = Compress(type, input, level);
        BufferPool pool = new();
        using (PooledBuffer plain = new(pool))
        {
            new CompressionCodecs().Get(type).Decompress(compressed, plain, input.Length);
            Assert.True(plain.WrittenSpan.SequenceEqual(input), $"{type}, {input.Length} bytes, level {level}");
        }

        Assert.Equal(0, pool.OutstandingBuffers);
    }
}
