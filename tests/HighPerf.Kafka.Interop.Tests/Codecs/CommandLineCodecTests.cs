using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Tests.Compression;

namespace HighPerf.Kafka.Interop.Tests.Codecs;

/// <summary>What the system's own programs write we read, and the reverse.</summary>
public sealed class CommandLineCodecTests
{
    public static TheoryData<CompressionType, string> Cases()
    {
        TheoryData<CompressionType, string> cases = [];
        foreach (CodecTool tool in CodecTool.All)
        {
            foreach (string input in CodecInputs.Names)
            {
                cases.Add(tool.Type, input);
            }
        }

        return cases;
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public async Task What_the_program_writes_we_read(CompressionType type, string input)
    {
        CodecTool tool = Of(type);
        byte[] content = CodecInputs.Create(input);
        CompressionCodec codec = new CompressionCodecs().Get(type);
        foreach (string arguments in tool.Compress)
        {
            byte[] compressed = await tool.CompressAsync(arguments, content);
            using PooledBuffer plain = new(new BufferPool());
            codec.Decompress(compressed, plain, content.Length);
            Assert.True(plain.WrittenSpan.SequenceEqual(content), $"{tool.Program} {arguments}");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public async Task What_we_write_the_program_reads(CompressionType type, string input)
    {
        CodecTool tool = Of(type);
        byte[] content = CodecInputs.Create(input);
        CompressionCodec codec = new CompressionCodecs().Get(type);
        foreach (int level in new[] { codec.DefaultLevel, 3 })
        {
            using PooledBuffer compressed = new(new BufferPool());
            codec.Compress(content, compressed, level);
            byte[] plain = await tool.DecompressAsync(compressed.WrittenSpan.ToArray());
            Assert.True(plain.AsSpan().SequenceEqual(content), $"{tool.Program}, level {level}");
        }
    }

    private static CodecTool Of(CompressionType type)
    {
        CodecTool tool = CodecTool.All.Single(tool => tool.Type == type);
        tool.Require();
        return tool;
    }
}
