using HighPerf.Kafka.Interop.Tests.Peers;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression.Zstd;

namespace HighPerf.Kafka.Interop.Tests.Codecs;

/// <summary>Our zstd and the system's: what either writes the other reads, and ours is not much larger.</summary>
public sealed class ZstdToolTests
{
    private const int OurLevel = 3;

    private static readonly string? _zstd = PeerPolicy.FindOnPath("zstd");

    private readonly ZstdCodec _codec = new();

    public static TheoryData<string, string> Written
    {
        get
        {
            TheoryData<string, string> cases = [];
            foreach (string input in ZstdInputs.Names)
            {
                // The tool knows the input's length only when it is told; without it there is no content size and no single segment.
                foreach (string options in new[] { "-1", "-3 --no-check", "-3 sized", "-9 sized", "--fast=5", "-19", "--ultra -22 --long=27 sized" })
                {
                    // The slow levels take long on large inputs and show nothing more there.
                    if (!(input.EndsWith("10 MB", StringComparison.Ordinal) && (options.Contains("19") || options.Contains("22"))))
                    {
                        cases.Add(input, options);
                    }
                }
            }

            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Written))]
    public async Task What_zstd_writes_we_read(string input, string options)
    {
        byte[] content = ZstdInputs.Create(input);

        byte[] compressed = await CompressAsync(content, options.Split(' '));

        Assert.True(Decompress(compressed, content.Length).AsSpan().SequenceEqual(content));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task What_we_write_zstd_reads(int level)
    {
        foreach (string input in ZstdInputs.Names)
        {
            byte[] content = ZstdInputs.Create(input);
            ToolResult result = await RunAsync(["-d", "-c"], Compress(content, level));
            Assert.True(result.AssertSucceeded().Output.AsSpan().SequenceEqual(content), input);
        }
    }

    [SkippableFact]
    public async Task Every_short_length_is_read_by_zstd_in_one_run_of_frames()
    {
        // Frames of one input follow each other, so one process checks all of them.
        byte[] text = ZstdInputs.Create("text");
        using PooledBuffer frames = new(new BufferPool());
        using MemoryStream expected = new();
        for (int length = 0; length <= 2000; length++)
        {
            ReadOnlySpan<byte> part = text.AsSpan(length * 13, length);
            _codec.Compress(part, frames, length % 2 == 0 ? 1 : 3);
            expected.Write(part);
        }

        ToolResult result = await RunAsync(["-d", "-c"], frames.WrittenSpan.ToArray());

        Assert.True(result.AssertSucceeded().Output.AsSpan().SequenceEqual(expected.ToArray()));
        Assert.True(Decompress(frames.WrittenSpan, (int)expected.Length).AsSpan().SequenceEqual(expected.ToArray()));
    }

    [SkippableTheory]
    [InlineData("text")]
    [InlineData("json")]
    [InlineData("records")]
    [InlineData("text 10 MB")]
    public async Task Level_3_is_at_most_five_percent_larger_than_that_of_zstd(string input)
    {
        byte[] content = ZstdInputs.Create(input);

        int theirs = (await CompressAsync(content, ["-3", "--no-check", "sized"])).Length;

        Assert.InRange(Compress(content, OurLevel).Length, 1, theirs * 105 / 100);
    }

    private static async Task<byte[]> CompressAsync(byte[] content, IEnumerable<string> options)
    {
        IEnumerable<string> arguments = options.Select(option => option == "sized" ? $"--stream-size={content.Length}" : option);
        return (await RunAsync(["-c", "-q", .. arguments], content)).AssertSucceeded().Output;
    }

    private static Task<ToolResult> RunAsync(IEnumerable<string> arguments, byte[] input)
    {
        PeerPolicy.Require(_zstd is not null, "zstd");
        return Tool.RunAsync(_zstd!, arguments, input);
    }

    private byte[] Compress(byte[] content, int level)
    {
        using PooledBuffer compressed = new(new BufferPool());
        _codec.Compress(content, compressed, level);
        return compressed.WrittenSpan.ToArray();
    }

    private byte[] Decompress(ReadOnlySpan<byte> compressed, int length)
    {
        using PooledBuffer plain = new(new BufferPool());
        _codec.Decompress(compressed, plain, length);
        return plain.WrittenSpan.ToArray();
    }
}
