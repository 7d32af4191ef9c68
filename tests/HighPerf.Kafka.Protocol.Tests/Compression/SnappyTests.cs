using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Compression.Snappy;

namespace HighPerf.Kafka.Protocol.Tests.Compression;

public sealed class SnappyTests
{
    private static readonly byte[] Header = [0x82, .. "SNAPPY"u8, 0, 0, 0, 0, 1, 0, 0, 0, 1];

    // 20 bytes: 4 literals, a copy of 8 from 4 back (one distance byte), a copy of 8 from 12 back (two distance bytes).
    private static readonly byte[] RawBlock = [20, 3 << 2, .. "wxyz"u8, 1 | (4 << 2), 4, 2 | (7 << 2), 12, 0];

    private readonly SnappyCodec _codec = new();

    [Fact]
    public void What_is_written_has_the_framing_of_xerial_and_blocks_of_32_KiB()
    {
        byte[] compressed = CodecHarness.Compress(_codec, CodecInputs.Text(100_000));
        Assert.Equal(Header, compressed[..16]);
        int blocks = 0;
        for (int at = 16; at < compressed.Length; blocks++)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(compressed.AsSpan(at));
            uint plain = SnappyBlockDecoder.ReadLength(compressed.AsSpan(at + 4, length), 0, out _);
            Assert.Equal(blocks < 3 ? 32768u : 100_000u - (3 * 32768u), plain);
            at += 4 + length;
        }

        Assert.Equal(4, blocks);
    }

    [Fact]
    public void A_raw_block_is_read() => Assert.Equal("wxyzwxyzwxyzwxyzwxyz"u8.ToArray(), CodecHarness.Decompress(_codec, RawBlock));

    [Fact]
    public void Streams_in_a_row_are_read() =>
        Assert.Equal(
            "wxyzwxyzwxyzwxyzwxyzwxyzwxyzwxyzwxyzwxyz"u8.ToArray(),
            CodecHarness.Decompress(_codec, [.. Header, 0, 0, 0, 11, .. RawBlock, .. Header, 0, 0, 0, 11, .. RawBlock]));

    [Fact]
    public void A_header_alone_is_nothing() => Assert.Empty(CodecHarness.Decompress(_codec, Header));

    [Theory]
    [InlineData(60, 1)]
    [InlineData(61, 2)]
    [InlineData(62, 3)]
    [InlineData(63, 4)]
    public void Literals_with_every_form_of_length_are_read(int form, int lengthBytes)
    {
        byte[] text = CodecInputs.Text(200);
        byte[] length = [199, 0, 0, 0];
        Assert.Equal(text, CodecHarness.Decompress(_codec, [200, 1, (byte)(form << 2), .. length[..lengthBytes], .. text]));
    }

    [Fact]
    public void A_copy_with_four_distance_bytes_is_read() =>
        Assert.Equal("abcdabcd"u8.ToArray(), CodecHarness.Decompress(_codec, [8, 3 << 2, .. "abcd"u8, 3 | (3 << 2), 4, 0, 0, 0]));

    [Theory]
    [InlineData(new byte[] { }, "within its length")]
    [InlineData(new byte[] { 0x80 }, "within its length")]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0x7F }, "no 32-bit varint")]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1 }, "no 32-bit varint")]
    [InlineData(new byte[] { 5, 0, 1 }, "says 5 bytes, but its elements have 1")]
    [InlineData(new byte[] { 1, 4, 1, 2 }, "2 bytes to write")]
    [InlineData(new byte[] { 4, 12, 1, 2 }, "4 literals")]
    [InlineData(new byte[] { 4, 60 << 2 }, "within an element")]
    [InlineData(new byte[] { 4, 63 << 2, 255, 255, 255, 255, 1 }, "4294967296 literals")]
    [InlineData(new byte[] { 8, 0, 1, 1, 0 }, "distance of 0")]
    [InlineData(new byte[] { 8, 0, 1, 1, 2 }, "distance of 2")]
    [InlineData(new byte[] { 8, 0, 1, 3, 255, 255, 255, 255 }, "distance of 4294967295")]
    [InlineData(new byte[] { 8, 0, 1, 2, 1 }, "within an element")]
    public void A_corrupt_block_is_refused_with_what_is_wrong(byte[] block, string what)
    {
        Assert.Contains(what, CodecHarness.Refused(_codec, block));
        byte[] framed = [.. Header, 0, 0, 0, (byte)block.Length, .. block];
        Assert.Contains(what, CodecHarness.Refused(_codec, framed));
    }

    [Fact]
    public void Corrupt_framing_is_refused()
    {
        Assert.Contains("within a block length", CodecHarness.Refused(_codec, [.. Header, 0, 0]));
        Assert.Contains("a block of 9 bytes, but 1 are left", CodecHarness.Refused(_codec, [.. Header, 0, 0, 0, 9, 1]));
        Assert.Contains("a block of -1 bytes", CodecHarness.Refused(_codec, [.. Header, 255, 255, 255, 255, 1]));
        Assert.Contains("stream header", CodecHarness.Refused(_codec, Header[..12]));
    }

    [Fact]
    public void An_error_says_where_in_the_whole_input_it_is() =>
        Assert.Contains(
            $"Corrupt snappy data at offset {16 + 4 + 11 + 4 + 3} ",
            CodecHarness.Refused(_codec, [.. Header, 0, 0, 0, 11, .. RawBlock, 0, 0, 0, 5, 8, 0, 1, 1, 0]));

    [Fact]
    public void A_length_that_the_bytes_cannot_make_true_is_refused_before_it_is_rented() =>
        Assert.Contains("can stand for", CodecHarness.Refused(_codec, [0x80, 0x80, 0x40, 0, 1], 2 * 1024 * 1024));

    [Fact]
    public void A_bomb_is_refused_before_its_size_is_rented()
    {
        byte[] bomb = CodecHarness.Compress(_codec, new byte[20_000_000]);
        Assert.Contains("more than the 100000 bytes allowed", CodecHarness.Refused(_codec, bomb, 100_000));
        Assert.Contains("more than the 10 bytes allowed", CodecHarness.Refused(_codec, RawBlock, 10));
    }
}
