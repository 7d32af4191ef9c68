using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Compression.Lz4;

namespace HighPerf.Kafka.Protocol.Tests.Compression;

public sealed class Lz4FrameTests
{
    private static readonly byte[] Letters = "abcdefghijklmn"u8.ToArray();

    // 14 literals, and nothing behind them.
    private static readonly byte[] LettersBlock = [0xE0, .. Letters];

    // A match of 8 bytes 14 bytes back, which only a block before this one can have, then 5 literals.
    private static readonly byte[] LinkedBlock = [0x04, 14, 0, 0x50, .. "vwxyz"u8];

    private readonly Lz4Codec _codec = new();

    [Theory]
    [InlineData("", 0x02CC5D05u)]
    [InlineData("a", 0x550D7456u)]
    [InlineData("abc", 0x32D153FFu)]
    [InlineData("Nobody inspects the spammish repetition", 0xE2293B2Fu)]
    public void XxHash32_gives_the_published_values(string text, uint hash) => Assert.Equal(hash, XxHash32.Hash(System.Text.Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void A_frame_begins_as_those_of_Java_do() =>
        Assert.Equal("04224D18604082", Convert.ToHexString(CodecHarness.Compress(_codec, Letters)[..7]));

    [Fact]
    public void Nothing_becomes_a_frame_without_blocks() => Assert.Equal("04224D1860408200000000", Convert.ToHexString(CodecHarness.Compress(_codec, [])));

    [Fact]
    public void A_block_that_does_not_compress_is_stored()
    {
        byte[] random = CodecInputs.RandomBytes(5000);
        Assert.Equal(7 + 4 + 5000 + 4, CodecHarness.Compress(_codec, random).Length);
    }

    [Fact]
    public void Linked_blocks_reach_back_into_the_block_before() =>
        AssertText("abcdefghijklmnabcdefghvwxyz", new Lz4FrameBuilder().Frame(0x40).Block(LettersBlock).Block(LinkedBlock).End());

    [Fact]
    public void Linked_blocks_reach_back_into_a_stored_block() =>
        AssertText("abcdefghijklmnabcdefghvwxyz", new Lz4FrameBuilder().Frame(0x40).Stored(Letters).Block(LinkedBlock).End());

    [Fact]
    public void An_independent_block_may_not_reach_back()
    {
        string error = Refused(new Lz4FrameBuilder().Frame().Block(LettersBlock).Block(LinkedBlock).End());
        Assert.Contains("lz4", error);
        Assert.Contains("distance of 14", error);
        Assert.Contains($"offset {7 + 4 + LettersBlock.Length + 4 + 1} ", error);
    }

    [Fact]
    public void A_second_frame_may_not_reach_back_into_the_first() =>
        Assert.Contains("distance", Refused(new Lz4FrameBuilder().Frame(0x40).Block(LettersBlock).End().Frame(0x40).Block(LinkedBlock).End()));

    [Fact]
    public void Checksums_of_blocks_and_content_are_checked()
    {
        AssertText(
            "abcdefghijklmnabcdefghvwxyz",
            new Lz4FrameBuilder().Frame(0x54).Block(LettersBlock).Hash(LettersBlock).Block(LinkedBlock).Hash(LinkedBlock).End()
                .Hash("abcdefghijklmnabcdefghvwxyz"u8));
        Assert.Contains("block's checksum", Refused(new Lz4FrameBuilder().Frame(0x70).Block(LettersBlock).UInt32(1).End()));
        Assert.Contains("content's checksum", Refused(new Lz4FrameBuilder().Frame(0x64).Block(LettersBlock).End().UInt32(1)));
    }

    [Fact]
    public void The_content_size_must_be_what_comes_out()
    {
        AssertText("abcdefghijklmn", new Lz4FrameBuilder().Frame(0x68, contentSize: 14).Block(LettersBlock).End());
        Assert.Contains("15 bytes", Refused(new Lz4FrameBuilder().Frame(0x68, contentSize: 15).Block(LettersBlock).End()));
        Assert.Contains("impossible", Refused(new Lz4FrameBuilder().Frame(0x68, contentSize: -1).Block(LettersBlock).End()));
    }

    [Fact]
    public void Frames_in_a_row_and_skippable_frames_are_read() =>
        AssertText(
            "abcdefghijklmnabcdefghijklmn",
            new Lz4FrameBuilder().UInt32(0x184D2A53).UInt32(3).Raw([9, 9, 9]).Frame().Block(LettersBlock).End()
                .UInt32(0x184D2A50).UInt32(0).Frame(descriptor: 0x70).Stored(Letters).End().UInt32(0x184D2A5F).UInt32(1).Raw([9]));

    [Fact]
    public void The_legacy_header_checksum_is_accepted_only_where_it_is_asked_for()
    {
        byte[] frame = new Lz4FrameBuilder().Frame(legacyChecksum: true).Block(LettersBlock).End().ToArray();
        Assert.Contains("header's checksum", CodecHarness.Refused(_codec, frame));
        Assert.Equal(Letters, CodecHarness.Decompress(new CompressionCodecs().LegacyLz4, frame));
        Assert.Equal(Letters, CodecHarness.Decompress(new CompressionCodecs().LegacyLz4, new Lz4FrameBuilder().Frame().Block(LettersBlock).End().ToArray()));
    }

    [Theory]
    [InlineData(0x61, 0x40, "dictionary")]
    [InlineData(0x62, 0x40, "reserved")]
    [InlineData(0x20, 0x40, "version 0")]
    [InlineData(0xA0, 0x40, "version 2")]
    [InlineData(0x60, 0x30, "descriptor of 0x30")]
    [InlineData(0x60, 0xC0, "descriptor of 0xc0")]
    [InlineData(0x60, 0x41, "descriptor of 0x41")]
    public void A_header_that_no_version_has_is_refused(byte flags, byte descriptor, string what) =>
        Assert.Contains(what, Refused(new Lz4FrameBuilder().Frame(flags, descriptor).Block(LettersBlock).End()));

    [Fact]
    public void A_wrong_header_checksum_is_refused() =>
        Assert.Contains("header's checksum", Refused(new Lz4FrameBuilder().Frame(checksumError: 1).Block(LettersBlock).End()));

    [Fact]
    public void What_is_no_frame_is_named_with_its_magic() =>
        Assert.Contains("offset 0 of the compressed input: no lz4 frame: the magic is 0x6c6c6568", CodecHarness.Refused(_codec, "hello world"u8.ToArray()));

    [Fact]
    public void Empty_input_is_refused() => Assert.Contains("offset 0", CodecHarness.Refused(_codec, []));

    [Fact]
    public void A_block_larger_than_the_frame_allows_is_refused() =>
        Assert.Contains("at most 65536", Refused(new Lz4FrameBuilder().Frame().Stored(new byte[65537]).End()));

    [Fact]
    public void A_block_may_not_grow_beyond_the_frames_block_size()
    {
        byte[] grows = [0x1F, 0, 1, 0, .. Enumerable.Repeat((byte)255, 257), 200, 0x50, 1, 2, 3, 4, 5];
        Assert.Contains("left in the block", Refused(new Lz4FrameBuilder().Frame().Block(grows).End()));
        Assert.Equal(65999, CodecHarness.Decompress(_codec, new Lz4FrameBuilder().Frame(descriptor: 0x50).Block(
            [0x1F, 0, 1, 0, .. Enumerable.Repeat((byte)255, 258), 184, 0x50, 1, 2, 3, 4, 5]).End().ToArray()).Length);
    }

    [Theory]
    [InlineData(new byte[] { 0x04, 0, 0, 0x50, 1, 2, 3, 4, 5 }, "distance of 0")]
    [InlineData(new byte[] { 0x14, 1, 2, 0, 0x50, 1, 2, 3, 4, 5 }, "distance of 2")]
    [InlineData(new byte[] { 0x14, 1, 1 }, "within a match distance")]
    [InlineData(new byte[] { 0x14, 1, 1, 0 }, "without its last literals")]
    [InlineData(new byte[] { 0x50, 1, 2 }, "5 literals")]
    [InlineData(new byte[] { 0xF0, 255 }, "within a length")]
    [InlineData(new byte[] { 0x1F, 1, 1, 0, 255 }, "within a length")]
    public void A_corrupt_block_is_refused_with_what_is_wrong(byte[] block, string what) =>
        Assert.Contains(what, Refused(new Lz4FrameBuilder().Frame().Block(block).End()));

    [Fact]
    public void A_bomb_is_refused_before_its_size_is_rented()
    {
        byte[] bomb = CodecHarness.Compress(_codec, new byte[50_000_000]);
        Assert.True(bomb.Length < 300_000);
        Assert.Contains("more than the 100000 bytes allowed", CodecHarness.Refused(_codec, bomb, 100_000));
        Assert.Contains("more than the 0 bytes allowed", CodecHarness.Refused(_codec, bomb, 0));
    }

    [Fact]
    public void A_content_size_beyond_the_bound_is_refused_at_once() =>
        Assert.Contains("bytes allowed", CodecHarness.Refused(_codec, new Lz4FrameBuilder().Frame(0x68, contentSize: 1L << 40).End().ToArray()));

    [Fact]
    public void A_short_block_of_a_frame_with_large_blocks_rents_little()
    {
        Protocol.Buffers.BufferPool pool = new();
        using Protocol.Buffers.PooledBuffer plain = new(pool);
        _codec.Decompress(new Lz4FrameBuilder().Frame(descriptor: 0x70).Block(LettersBlock).End().ToArray(), plain, int.MaxValue);
        Assert.InRange(plain.Capacity, 14, 8192);
    }

    private void AssertText(string expected, Lz4FrameBuilder frame) =>
        Assert.Equal(expected, System.Text.Encoding.ASCII.GetString(CodecHarness.Decompress(_codec, frame.ToArray())));

    private string Refused(Lz4FrameBuilder frame) => CodecHarness.Refused(_codec, frame.ToArray());
}
