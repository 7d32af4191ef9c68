using BenchmarkDotNet.Attributes;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Tests.Compression;

namespace HighPerf.Kafka.Benchmarks.Compression;

/// <summary>gzip is the framework's own; what matters here is what it allocates.</summary>
public class GzipBenchmarks
{
    private readonly CompressionCodec _codec = new CompressionCodecs().Get(CompressionType.Gzip);
    private PooledBuffer _target = null!;
    private byte[] _content = [];
    private byte[] _compressed = [];

    [Params("json", "small")]
    public string Input { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        _content = CodecInputs.Create(Input);
        _target = new PooledBuffer(new BufferPool());
        Compress();
        _compressed = _target.WrittenSpan.ToArray();
    }

    [Benchmark]
    public int Compress()
    {
        _target.Reset();
        _codec.Compress(_content, _target, _codec.DefaultLevel);
        return _target.Length;
    }

    [Benchmark]
    public int Decompress()
    {
        _target.Reset();
        _codec.Decompress(_compressed, _target, _content.Length);
        return _target.Length;
    }
}
