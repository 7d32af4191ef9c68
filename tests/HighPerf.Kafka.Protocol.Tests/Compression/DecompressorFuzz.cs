using System.Diagnostics;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Compression.Lz4;
using HighPerf.Kafka.Protocol.Compression.Snappy;

namespace HighPerf.Kafka.Protocol.Tests.Compression;

/// <summary>
/// Corrupt, cut and random input for every decompressor. Whatever comes in, the answer is some output within the bound or a
/// <see cref="KafkaProtocolException"/>. Inputs (and the outputs of the block decoders) end at a guard page, so a byte read or written
/// outside kills the run. The normal run takes a fixed number of inputs; HPK_LONG=1 goes on for a minute per decompressor.
/// </summary>
public sealed class DecompressorFuzz
{
    private const int LargestInput = 32 * 1024;
    private const int LargestOutput = 256 * 1024;
    private const int NormalInputs = 4000;

    private static readonly TimeSpan LongRun = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void Codecs_survive_anything(CompressionType type)
    {
        CompressionCodec codec = new CompressionCodecs().Get(type);
        using GuardedMemory guarded = new(LargestInput);
        byte[][] seeds = Seeds(codec);
        BufferPool pool = new();
        Run((random, round) =>
        {
            byte[] input = Mutation.Of(seeds[round % seeds.Length], random, LargestInput);
            int most = random.Next(4) == 0 ? random.Next(LargestOutput) : LargestOutput;
            using PooledBuffer plain = new(pool);
            bool accepted = true;
            try
            {
                codec.Decompress(guarded.Hold(input), plain, most);
            }
            catch (KafkaProtocolException)
            {
                accepted = false;
            }

            Assert.InRange(plain.Length, 0, accepted ? most : 0);
            Assert.InRange(plain.Capacity, 0, (2 * most) + (16 * 1024));
        });
        Assert.Equal(0, pool.OutstandingBuffers);
    }

    [Fact]
    public void The_lz4_block_decoder_stays_within_its_buffers() => FuzzBlocks(
        plain =>
        {
            byte[] block = new byte[Lz4Format.CompressedBound(plain.Length)];
            return block[..Lz4FastEncoder.Encode(plain, block, new ushort[Lz4FastEncoder.TableLength])];
        },
        (GuardedMemory input, byte[] block, Span<byte> buffer, int start, int length, Random random) =>
            Lz4BlockDecoder.Decode(input.Hold(block), buffer, random.Next(start + 1), start, length, 0));

    [Fact]
    public void The_snappy_block_decoder_stays_within_its_buffers() => FuzzBlocks(
        plain =>
        {
            byte[] block = new byte[SnappyBlockEncoder.CompressedBound(plain.Length)];
            int length = SnappyBlockEncoder.Encode(plain, block, new ushort[SnappyBlockEncoder.TableLength]);
            SnappyBlockDecoder.ReadLength(block, 0, out int head);
            return block[head..length];
        },
        (GuardedMemory input, byte[] block, Span<byte> buffer, int start, int length, Random _) =>
        {
            SnappyBlockDecoder.Decode(input.Hold(block), buffer, start, length, 0);
            return length;
        });

    [Fact]
    public void The_encoders_stay_within_their_buffers()
    {
        using GuardedMemory input = new(64 * 1024);
        using GuardedMemory output = new(128 * 1024);
        ushort[] lz4 = new ushort[Lz4FastEncoder.TableLength];
        ushort[] snappy = new ushort[SnappyBlockEncoder.TableLength];
        Lz4HighEncoder high = new();
        Random random = new(31);
        byte[][] contents = [CodecInputs.Text(65536), CodecInputs.Records(65536), CodecInputs.RandomBytes(65536), CodecInputs.AllEqual(65536)];
        for (int round = 0; round < 2500; round++)
        {
            int length = round < 200 ? round : random.Next(65537);
            byte[] content = contents[round % contents.Length];
            int start = random.Next(65536 - length + 1);
            ReadOnlySpan<byte> held = input.Hold(content.AsSpan(start, length));
            int encoded = Lz4FastEncoder.Encode(held, output.Last(Lz4Format.CompressedBound(length)), lz4);
            Assert.InRange(encoded, 1, Lz4Format.CompressedBound(length));
            SnappyBlockEncoder.Encode(held, output.Last(SnappyBlockEncoder.CompressedBound(length)), snappy);
            if (round % 10 == 0)
            {
                high.Encode(held, output.Last(Lz4Format.CompressedBound(length)), 4);
            }
        }
    }

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void Every_prefix_and_every_changed_byte_is_refused_or_gives_some_output(CompressionType type)
    {
        CompressionCodec codec = new CompressionCodecs().Get(type);
        using GuardedMemory guarded = new(LargestInput);
        byte[] content = [.. CodecInputs.Json(600), .. CodecInputs.AllEqual(300), .. CodecInputs.RandomBytes(100)];
        byte[] compressed = CodecHarness.Compress(codec, content);
        BufferPool pool = new();
        using PooledBuffer plain = new(pool);
        for (int length = 0; length < compressed.Length; length++)
        {
            // Only a snappy stream may end where it likes: behind its header, or behind a block.
            bool whole = type == CompressionType.Snappy && length == 16;
            Assert.Equal(whole, Accepts(codec, guarded.Hold(compressed.AsSpan(0, length)), plain));
        }

        for (int at = 0; at < compressed.Length; at++)
        {
            foreach (byte change in (ReadOnlySpan<byte>)[1, 2, 16, 128, 255])
            {
                byte[] changed = [.. compressed];
                changed[at] ^= change;
                Accepts(codec, guarded.Hold(changed), plain);
            }
        }
    }

    private static bool Accepts(CompressionCodec codec, ReadOnlySpan<byte> input, PooledBuffer plain)
    {
        plain.Reset();
        try
        {
            codec.Decompress(input, plain, LargestOutput);
            return true;
        }
        catch (KafkaProtocolException)
        {
            return false;
        }
    }

    private delegate int DecodeBlock(GuardedMemory input, byte[] block, Span<byte> buffer, int start, int length, Random random);

    private static void FuzzBlocks(Func<byte[], byte[]> encode, DecodeBlock decode)
    {
        using GuardedMemory input = new(LargestInput);
        using GuardedMemory output = new(LargestOutput);
        byte[][] plains =
        [
            CodecInputs.Json(9000), CodecInputs.AllEqual(5000), CodecInputs.Records(12_000), CodecInputs.Text(400), CodecInputs.RandomBytes(700),
        ];
        byte[][] seeds = [.. plains.Select(encode)];
        Run((random, round) =>
        {
            int which = round % seeds.Length;
            byte[] block = random.Next(20) == 0 ? seeds[which] : Mutation.Of(seeds[which], random, LargestInput);
            int start = random.Next(100);
            int length = random.Next(3) == 0 ? random.Next(20_000) : plains[which].Length;
            Span<byte> buffer = output.Last(start + length + random.Next(2) * random.Next(100));
            buffer.Fill(0xA5);
            int written = 0;
            try
            {
                written = decode(input, block, buffer, start, length, random);
            }
            catch (KafkaProtocolException)
            {
                // Refusing is one of the two right answers.
            }

            Assert.InRange(written, 0, length);
            Assert.Equal(-1, buffer[..start].IndexOfAnyExcept((byte)0xA5));
            if (ReferenceEquals(block, seeds[which]) && length == plains[which].Length)
            {
                Assert.True(buffer.Slice(start, length).SequenceEqual(plains[which]));
            }
        });
    }

    private static void Run(Action<Random, int> one)
    {
        bool goOn = Environment.GetEnvironmentVariable("HPK_LONG") == "1";
        Stopwatch watch = Stopwatch.StartNew();
        for (int round = 0; round < NormalInputs || (goOn && watch.Elapsed < LongRun); round++)
        {
            // Every round has a seed of its own, so a failure is found again by its number.
            one(new Random(round), round);
        }
    }

    private static byte[][] Seeds(CompressionCodec codec)
    {
        byte[][] contents =
        [
            [], [7], CodecInputs.Json(3000), CodecInputs.AllEqual(100_000), CodecInputs.Records(20_000), CodecInputs.RandomBytes(500), CodecInputs.Text(70_000),
        ];
        return [.. contents.Select(content => CodecHarness.Compress(codec, content)), CodecInputs.RandomBytes(300)];
    }
}
