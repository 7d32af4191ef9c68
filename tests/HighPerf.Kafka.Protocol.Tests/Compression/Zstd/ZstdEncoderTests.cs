using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression.Zstd;

namespace HighPerf.Kafka.Protocol.Tests.Compression.Zstd;

public sealed class ZstdEncoderTests
{
    private readonly ZstdCodec _codec = new();

    [Theory]
    [InlineData(0, "28B52FFD2000010000")]
    [InlineData(1, "28B52FFD200109000078")]
    [InlineData(5, "28B52FFD20052900007878787878")]
    public void The_shortest_inputs_have_these_frames(int length, string hex) =>
        Assert.Equal(hex, Convert.ToHexString(CodecHarness.Compress(_codec, CodecInputs.AllEqual(length))));

    [Fact]
    public void Only_a_later_block_is_a_run_because_old_readers_refuse_one_at_the_start()
    {
        byte[] compressed = CodecHarness.Compress(_codec, CodecInputs.AllEqual(128 * 1024 + 300));

        Assert.InRange(compressed.Length, 20, 40);
        Assert.Equal(ZstdFormat.BlockCompressed, compressed[9] >> 1 & 3);
        Assert.Equal("63090078", Convert.ToHexString(compressed[^4..]));
    }

    [Fact]
    public void A_large_input_asks_its_reader_for_a_window_of_two_megabytes() =>
        Assert.Equal("28B52FFD8058C0C62D00", Convert.ToHexString(CodecHarness.Compress(_codec, CodecInputs.AllEqual(3_000_000))[..10]));

    [Fact]
    public void What_does_not_compress_grows_by_its_headers_only() =>
        Assert.Equal(1_000_000 + 9 + 8 * 3, CodecHarness.Compress(_codec, CodecInputs.RandomBytes(1_000_000)).Length);

    [Theory]
    [InlineData(-7, 1)]
    [InlineData(0, 1)]
    [InlineData(2, 3)]
    [InlineData(22, 3)]
    public void Other_levels_are_written_as_their_nearest(int level, int written)
    {
        byte[] json = CodecInputs.Json(50_000);

        Assert.Equal(CodecHarness.Compress(_codec, json, written), CodecHarness.Compress(_codec, json, level));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void What_was_compressed_before_leaves_no_trace(int level)
    {
        foreach (int length in new[] { 100, 5000, 40_000, 300_000 })
        {
            byte[] json = CodecInputs.Json(length);
            CodecHarness.Compress(_codec, CodecInputs.Json(400_000), level);

            Assert.Equal(CodecHarness.Compress(new ZstdCodec(), json, level), CodecHarness.Compress(_codec, json, level));
        }
    }

    [Fact]
    public void After_a_gigabyte_the_indexes_start_anew()
    {
        byte[] json = CodecInputs.Json(100_000);
        byte[] expected = CodecHarness.Compress(_codec, json);
        byte[] equal = CodecInputs.AllEqual(64 * 1024 * 1024);
        for (int i = 0; i < 18; i++)
        {
            CodecHarness.Compress(_codec, equal);
            Assert.Equal(expected, CodecHarness.Compress(_codec, json));
        }
    }

    [Fact]
    public void Later_blocks_repeat_the_tables_of_earlier_ones()
    {
        // The same data in two blocks of one frame is smaller than in two frames, even with nothing to match.
        Random random = new(9);
        byte[] skewed = new byte[256 * 1024];
        for (int i = 0; i < skewed.Length; i++)
        {
            skewed[i] = (byte)(random.NextDouble() * random.NextDouble() * random.NextDouble() * 256);
        }

        byte[] whole = CodecHarness.Compress(_codec, skewed);

        Assert.Equal(skewed, CodecHarness.Decompress(_codec, whole));
        Assert.True(whole.Length < CodecHarness.Compress(_codec, skewed[..(128 * 1024)]).Length + CodecHarness.Compress(_codec, skewed[(128 * 1024)..]).Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_encoder_reads_nothing_outside_its_input(int level)
    {
        using GuardedMemory guarded = new(200_000);
        using PooledBuffer compressed = new(new BufferPool());
        Random random = new(17);
        byte[][] contents = [CodecInputs.Text(200_000), CodecInputs.Records(200_000), CodecInputs.Json(200_000), CodecInputs.RandomBytes(200_000)];
        for (int round = 0; round < 600; round++)
        {
            int length = round < 300 ? round : random.Next(200_001);
            byte[] content = contents[round % contents.Length];
            ReadOnlySpan<byte> part = content.AsSpan(random.Next(content.Length - length + 1), length);
            compressed.Reset();
            _codec.Compress(guarded.Hold(part), compressed, level);
            int ending = compressed.Length;
            _codec.Compress(guarded.HoldFirst(part), compressed, level);

            Assert.True(compressed.WrittenSpan[..ending].SequenceEqual(compressed.WrittenSpan[ending..]));
        }
    }

    [Fact]
    public void Threads_share_a_codec()
    {
        byte[][] contents = [CodecInputs.Text(150_000), CodecInputs.Records(90_000), CodecInputs.Json(40_000), CodecInputs.RandomBytes(2000)];

        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            byte[] content = contents[i % contents.Length];
            Assert.Equal(content, CodecHarness.Decompress(_codec, CodecHarness.Compress(_codec, content, i % 2 == 0 ? 1 : 3)));
        });
    }
}
