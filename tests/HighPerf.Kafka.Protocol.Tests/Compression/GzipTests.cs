using System.IO.Compression;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Compression.Gzip;

namespace HighPerf.Kafka.Protocol.Tests.Compression;

public sealed class GzipTests
{
    private readonly GzipCodec _codec = new();

    [Fact]
    public void Members_in_a_row_are_one_output()
    {
        byte[] text = CodecInputs.Text(60_000);
        byte[] members = [.. Member(text[..100]), .. Member([]), .. Member(text[100..50_000]), .. Member(text[50_000..])];
        Assert.Equal(text, CodecHarness.Decompress(_codec, members));
    }

    [Fact]
    public void A_member_may_end_anywhere_in_the_frameworks_read_buffer()
    {
        // The framework reads 8 KiB at a time. Stored bytes make a member as long as we like, so that the second one begins at every place around that.
        byte[] random = CodecInputs.RandomBytes(9000);
        byte[] second = Member("second"u8.ToArray());
        for (int length = 8100; length < 8260; length++)
        {
            byte[] first = Member(random[..length]);
            Assert.Equal([.. random[..length], .. "second"u8], CodecHarness.Decompress(_codec, [.. first, .. second]));
            Assert.Equal(random[..length], CodecHarness.Decompress(_codec, first));
        }
    }

    [Fact]
    public void One_stream_serves_input_after_input_also_after_errors()
    {
        Random random = new(5);
        byte[] text = CodecInputs.Text(40_000);
        for (int i = 0; i < 400; i++)
        {
            byte[] input = text.AsSpan(0, random.Next(text.Length)).ToArray();
            byte[] compressed = CodecHarness.Compress(_codec, input, random.Next(1, 10));
            if (i % 7 == 0)
            {
                CodecHarness.Refused(_codec, compressed[..random.Next(compressed.Length)]);
            }

            Assert.Equal(input, CodecHarness.Decompress(_codec, compressed, input.Length));
        }
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] compressed = [.. Member(CodecInputs.Text(300)), .. Member(CodecInputs.RandomBytes(50))];
        int firstMember = Member(CodecInputs.Text(300)).Length;
        for (int length = 0; length < compressed.Length; length++)
        {
            if (length == firstMember)
            {
                continue;
            }

            Assert.Contains("Corrupt gzip data", CodecHarness.Refused(_codec, compressed[..length]));
        }
    }

    [Fact]
    public void Bytes_behind_the_last_member_are_refused() =>
        Assert.Contains("no member", CodecHarness.Refused(_codec, [.. Member("text"u8.ToArray()), 1, 2, 3]));

    [Fact]
    public void Wrong_checksums_and_lengths_are_refused()
    {
        byte[] member = Member(CodecInputs.Text(3000));
        for (int back = 1; back <= 8; back++)
        {
            byte[] wrong = [.. member];
            wrong[^back] ^= 0x10;
            Assert.Contains("Corrupt gzip data", CodecHarness.Refused(_codec, wrong));
        }
    }

    [Fact]
    public void Content_that_looks_like_our_end_mark_is_content()
    {
        // The decoder's own end member, taken from a stream that swallowed it: plain bytes wherever they stand.
        byte[] mark =
        [
            0x9d, 0x3e, 0x71, 0xc4, 0x0b, 0xf8, 0x56, 0xa2, 0xe7, 0x14, 0x8d, 0x69, 0x3b, 0xd0, 0x42, 0xbf,
        ];
        foreach (byte[] content in new byte[][] { mark, [.. mark, .. mark], [1, .. mark], [.. mark, 1] })
        {
            Assert.Equal(content, CodecHarness.Decompress(_codec, CodecHarness.Compress(_codec, content), content.Length));
            Assert.Equal(content, CodecHarness.Decompress(_codec, [.. Member(content), .. Member([])], content.Length));
            Assert.Equal("next"u8.ToArray(), CodecHarness.Decompress(_codec, Member("next"u8.ToArray())));
        }
    }

    [Fact]
    public void Headers_with_name_comment_extra_field_and_checksum_are_read()
    {
        byte[] plain = Member("content"u8.ToArray());
        byte[] head = [0x1F, 0x8B, 8, 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 2, 0, 7, 7, .. "name"u8, 0, .. "comment"u8, 0];
        Assert.Equal("content"u8.ToArray(), CodecHarness.Decompress(_codec, [.. head, .. plain[10..]]));
    }

    [Fact]
    public void A_bomb_is_refused_before_its_size_is_rented()
    {
        byte[] bomb = CodecHarness.Compress(_codec, new byte[50_000_000]);
        Assert.Contains("more than the 100000 bytes allowed", CodecHarness.Refused(_codec, bomb, 100_000));
        Assert.Contains("more than the 0 bytes allowed", CodecHarness.Refused(_codec, bomb, 0));
    }

    [Fact]
    public void Just_as_much_as_allowed_is_read()
    {
        byte[] text = CodecInputs.Text(100_000);
        byte[] compressed = Member(text);
        Assert.Equal(text, CodecHarness.Decompress(_codec, compressed, text.Length));
        Assert.Contains("bytes allowed", CodecHarness.Refused(_codec, compressed, text.Length - 1));
    }

    private static byte[] Member(byte[] content)
    {
        if (content.Length == 0)
        {
            return CodecHarness.Compress(new GzipCodec(), content);
        }

        using MemoryStream target = new();
        using (GZipStream stream = new(target, CompressionLevel.Optimal))
        {
            stream.Write(content);
        }

        return target.ToArray();
    }
}
