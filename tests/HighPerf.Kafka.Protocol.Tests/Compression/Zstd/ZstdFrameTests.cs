using System.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression.Zstd;

namespace HighPerf.Kafka.Protocol.Tests.Compression.Zstd;

/// <summary>Frames made by hand, as RFC 8878 has them: what must be read, and what must be refused with which words.</summary>
public sealed class ZstdFrameTests
{
    private const string Magic = "28B52FFD";

    // Single segment, 5 bytes of content, one raw block.
    private const string Hello = Magic + "2005" + "290000" + "68656C6C6F";

    // Literal "a"; one sequence: 1 literal, a match of 3 one byte back. Each of the three tables is a single symbol.
    private const string FourLetters = "0861" + "01" + "54" + "01" + "02" + "00" + "04";

    private readonly ZstdCodec _codec = new();

    [Theory]
    [InlineData("", 0xEF46DB3751D8E999)]
    [InlineData("a", 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0x44BC2CF5AD770999)]
    [InlineData("Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1)]
    public void XxHash64_gives_the_published_values(string text, ulong hash) => Assert.Equal(hash, XxHash64.Hash(Encoding.ASCII.GetBytes(text)));

    [Theory]
    [InlineData(Hello, "hello")]
    [InlineData(Hello + Hello, "hellohello")]
    [InlineData("502A4D1803000000FFFFFF" + Hello + "5F2A4D1800000000", "hello")]
    [InlineData("5A2A4D1800000000", "")]
    [InlineData(Magic + "2000" + "010000", "")]
    [InlineData(Magic + "0058" + "280000" + "68656C6C6F" + "010000", "hello")]
    [InlineData(Magic + "2006" + "3300007A", "zzzzzz")]
    [InlineData(Magic + "2100" + "05" + "290000" + "68656C6C6F", "hello")]
    [InlineData(Magic + "2403" + "190000" + "616263" + "990977AD", "abc")]
    [InlineData(Magic + "0058" + "450000" + FourLetters, "aaaa")]
    [InlineData(Magic + "0058" + "2D0000" + "1878797A" + "00", "xyz")]
    public void A_frame_is_read(string hex, string text) =>
        Assert.Equal(text, Encoding.ASCII.GetString(CodecHarness.Decompress(_codec, Convert.FromHexString(hex))));

    [Theory]
    [InlineData("", "truncated", 0)]
    [InlineData("28B52F", "truncated", 0)]
    [InlineData("28B52FFE2005290000", "no zstd magic number", 0)]
    [InlineData(Hello + "00000000", "no zstd magic number", 14)]
    [InlineData("502A4D1804000000FFFFFF", "skippable frame takes 4 bytes and 3 are left", 0)]
    [InlineData(Magic + "2107" + "05" + "290000" + "68656C6C6F", "needs dictionary 7", 4)]
    [InlineData(Magic + "2805" + "290000" + "68656C6C6F", "reserved bit", 4)]
    [InlineData(Magic + "2006" + "290000" + "68656C6C6F", "announced 6 bytes of content and has 5", 14)]
    [InlineData(Magic + "2005" + "2F0000" + "68656C6C6F", "reserved type", 6)]
    [InlineData(Magic + "2004" + "290000" + "68656C6C6F", "a block has the size 5; its frame allows blocks of 4", 6)]
    [InlineData(Magic + "2403" + "190000" + "616263" + "990977AE", "checksum", 12)]
    [InlineData(Magic + "2403" + "190000" + "616263" + "9909", "checksum is missing", 12)]
    [InlineData(Magic + "0058" + "210300", "a block takes 100 bytes and 0 are left", 9)]
    [InlineData(Magic + "0058" + "1D0000" + "130000", "repeat a Huffman tree and none came before", 9)]
    [InlineData(Magic + "0058" + "1D0000" + "0001FC", "LiteralLength table of an earlier block is to be repeated and there is none", 12)]
    [InlineData(Magic + "0058" + "450000" + "0861" + "01" + "54" + "01" + "04" + "00" + "10", "before the frame's start", 16)]
    [InlineData(Magic + "0058" + "450000" + "0861" + "01" + "54" + "02" + "02" + "00" + "04", "more literals than the block has", 16)]
    [InlineData(Magic + "0058" + "450000" + "0861" + "01" + "54" + "01" + "02" + "00" + "08", "does not end where it should", 16)]
    [InlineData(Magic + "0058" + "450000" + "0861" + "01" + "54" + "01" + "02" + "00" + "00", "does not end with its mark", 17)]
    [InlineData(Magic + "0058" + "450000" + "0861" + "01" + "55" + "01" + "02" + "00" + "04", "reserved bits of the sequence modes", 12)]
    [InlineData(Magic + "0058" + "450000" + "0861" + "01" + "54" + "24" + "02" + "00" + "04", "LiteralLength code 36 does not exist", 13)]
    [InlineData(Magic + "2003" + "1D0000" + "0861" + "00", "announced 3 bytes of content and has 1", 12)]
    public void A_bad_frame_is_refused_and_the_message_says_what_and_where(string hex, string what, int offset)
    {
        string error = CodecHarness.Refused(_codec, Convert.FromHexString(hex));

        Assert.Contains("zstd", error);
        Assert.Contains(what, error);
        Assert.Contains($"offset {offset} ", error);
    }

    [Fact]
    public void A_block_may_not_make_more_than_its_frame_announces() =>
        Assert.Contains("more content than the 3 bytes", CodecHarness.Refused(_codec, Convert.FromHexString(
            Magic + "C058" + "0300000000000000" + "450000" + FourLetters)));

    [Fact]
    public void Blocks_that_repeat_one_byte_are_refused_before_the_bombs_size_is_allocated()
    {
        byte[] bomb = [.. Convert.FromHexString(Magic + "0058"), .. Enumerable.Repeat(Convert.FromHexString("020010" + "00"), 8000).SelectMany(block => block)];

        Assert.Contains("more than the 1000000 bytes allowed", CodecHarness.Refused(_codec, bomb, 1_000_000));
    }

    [Fact]
    public void A_claimed_size_above_the_bound_is_refused_at_once() =>
        Assert.Contains("1000000 bytes allowed", CodecHarness.Refused(_codec, Convert.FromHexString(Magic + "E0" + "0000000000000001"), 1_000_000));

    [Fact]
    public void A_claimed_size_below_the_bound_is_not_allocated_before_the_data_comes()
    {
        using PooledBuffer plain = new(new BufferPool());

        Assert.Throws<KafkaProtocolException>(() => _codec.Decompress(Convert.FromHexString(Magic + "A000000020" + "090000" + "61"), plain, int.MaxValue));

        Assert.InRange(plain.Capacity, 0, 4096);
    }

    [Fact]
    public void Compressed_data_of_exactly_the_bound_is_read_and_one_byte_more_is_not()
    {
        byte[] json = CodecInputs.Json(300_000);
        byte[] compressed = CodecHarness.Compress(_codec, json);

        Assert.Equal(json, CodecHarness.Decompress(_codec, compressed, json.Length));
        Assert.Contains("299999 bytes allowed", CodecHarness.Refused(_codec, compressed, json.Length - 1));
    }
}
