using System.Diagnostics;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Compression.Zstd;

namespace HighPerf.Kafka.Protocol.Tests.Compression.Zstd;

/// <summary>
/// The decoder's fast paths do without bounds checks: whatever the input, they stay inside both buffers. The input stands between two guard pages, once at
/// either end; the output's array is filled with a pattern, which must stay before the start and behind the bound and its slack.
/// HPK_LONG=1 goes on for a minute.
/// </summary>
public sealed class ZstdDecoderBoundsTests
{
    private const int LargestInput = 64 * 1024;
    private const int LargestOutput = 512 * 1024;
    private const byte Pattern = 0xA5;

    [Fact]
    public void No_input_makes_the_decoder_touch_what_is_not_its_own()
    {
        bool goOn = Environment.GetEnvironmentVariable("HPK_LONG") == "1";
        Stopwatch watch = Stopwatch.StartNew();
        using GuardedMemory guarded = new(LargestInput);
        using PooledBuffer plain = new(new BufferPool(), 1024 * 1024);
        ZstdCodec codec = new();
        byte[][] seeds = Seeds(codec);
        int accepted = 0;
        int refused = 0;
        for (int round = 0; round < 3000 || (goOn && watch.Elapsed < TimeSpan.FromSeconds(60)); round++)
        {
            // Every round has a seed of its own, so a failure is found again by its number.
            Random random = new(round);
            byte[] seed = seeds[round % seeds.Length];
            byte[] input = round < seeds.Length ? seed : Change(seed, random);
            int most = random.Next(8) == 0 ? random.Next(LargestOutput) : LargestOutput;
            bool good = Accepts(codec, round % 2 == 0 ? guarded.Hold(input) : guarded.HoldFirst(input), plain, most, round);
            accepted += good ? 1 : 0;
            refused += good ? 0 : 1;
        }

        // Both answers must be frequent, or the test tries the wrong things.
        Assert.InRange(accepted, 50, int.MaxValue);
        Assert.InRange(refused, 500, int.MaxValue);
    }

    private static bool Accepts(ZstdCodec codec, ReadOnlySpan<byte> input, PooledBuffer plain, int most, int round)
    {
        const int Before = 64;
        Span<byte> array = plain.Array;
        array.Fill(Pattern);
        plain.Reset();
        plain.Advance(Before);
        bool good = true;
        try
        {
            codec.Decompress(input, plain, most);
        }
        catch (KafkaProtocolException)
        {
            good = false;
        }

        Assert.InRange(plain.Length, Before, good ? Before + most : Before);
        Assert.True(plain.Array.AsSpan() == array, $"round {round}: the buffer grew");
        Assert.True(array[..Before].IndexOfAnyExcept(Pattern) < 0, $"round {round}: bytes before the output changed");
        Assert.True(array[(Before + most + WildCopy.Slack)..].IndexOfAnyExcept(Pattern) < 0, $"round {round}: bytes behind the output changed");
        return good;
    }

    /// <summary>Small changes, mostly: they get past the headers and into the streams.</summary>
    private static byte[] Change(byte[] seed, Random random)
    {
        if (random.Next(4) == 0)
        {
            return Mutation.Of(seed, random, LargestInput);
        }

        byte[] changed = [.. seed];
        for (int changes = 1 + random.Next(3); changes > 0; changes--)
        {
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
        }

        return changed;
    }

    private static byte[][] Seeds(ZstdCodec codec)
    {
        // More than one block, so that tables and trees are repeated.
        byte[] skewed = CodecInputs.RandomBytes(40_000);
        byte[] text = CodecInputs.Text(140_000);
        byte[] several = [.. text, .. CodecInputs.AllEqual(130_000), .. text[..60_000], .. skewed.Select(b => (byte)(b & b >> 3))];
        byte[][] contents =
        [
            several, CodecInputs.Json(3000), CodecInputs.Records(20_000), CodecInputs.RandomBytes(500), CodecInputs.Text(70_000), CodecInputs.Json(150_000),
            [.. Enumerable.Range(0, 9000).Select(i => (byte)(i % 7))], [.. skewed.Take(3000).Select(b => (byte)(b & 15 & b >> 4))],
        ];
        return [.. contents.SelectMany(content => new[] { CodecHarness.Compress(codec, content, 1), CodecHarness.Compress(codec, content, 3) })];
    }
}
