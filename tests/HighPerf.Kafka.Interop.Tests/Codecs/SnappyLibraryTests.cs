using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Tests.Compression;

namespace HighPerf.Kafka.Interop.Tests.Codecs;

public sealed class SnappyLibraryTests
{
    public static TheoryData<string> Inputs => [.. CodecInputs.Names];

    [SkippableTheory]
    [MemberData(nameof(Inputs))]
    public void What_libsnappy_writes_we_read(string input)
    {
        SnappyLibrary.Require();
        byte[] content = CodecInputs.Create(input);
        using PooledBuffer plain = new(new BufferPool());
        new CompressionCodecs().Snappy.Decompress(SnappyLibrary.Compress(content), plain, content.Length);
        Assert.True(plain.WrittenSpan.SequenceEqual(content));
    }

    [SkippableTheory]
    [MemberData(nameof(Inputs))]
    public void What_we_write_libsnappy_reads_block_by_block(string input)
    {
        const int HeaderLength = 16;
        SnappyLibrary.Require();
        byte[] content = CodecInputs.Create(input);
        using PooledBuffer compressed = new(new BufferPool());
        new CompressionCodecs().Snappy.Compress(content, compressed, 0);
        ReadOnlySpan<byte> left = compressed.WrittenSpan[HeaderLength..];
        int at = 0;
        while (!left.IsEmpty)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(left);
            byte[] block = SnappyLibrary.Decompress(left.Slice(4, length), content.Length - at);
            Assert.True(content.AsSpan(at, block.Length).SequenceEqual(block));
            at += block.Length;
            left = left[(4 + length)..];
        }

        Assert.Equal(content.Length, at);
    }
}
