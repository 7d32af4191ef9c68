using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Tests.Compression;

namespace HighPerf.Kafka.Benchmarks.Compression;

/// <summary>Our snappy beside libsnappy. Ours writes blocks of 32 KiB in the framing; the library writes one raw block, which both read.</summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class SnappyBenchmarks
{
    private readonly BufferPool _pool = new();
    private readonly CompressionCodec _codec = new CompressionCodecs().Get(CompressionType.Snappy);
    private readonly NativeSnappy _native = new();
    private PooledBuffer _target = null!;
    private byte[] _content = [];
    private byte[] _compressed = [];
    private byte[] _nativeTarget = [];

    [Params("text", "json", "random", "records", "small")]
    public string Input { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        _content = CodecInputs.Create(Input);
        _target = new PooledBuffer(_pool);
        _nativeTarget = new byte[(_content.Length * 2) + 1024];

        // Both decode the same bytes.
        _compressed = _nativeTarget[.._native.Compress(_content, _nativeTarget)];
    }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("compress")]
    public int NativeCompress() => _native.Compress(_content, _nativeTarget);

    [Benchmark]
    [BenchmarkCategory("compress")]
    public int Compress()
    {
        _target.Reset();
        _codec.Compress(_content, _target, _codec.DefaultLevel);
        return _target.Length;
    }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("decompress")]
    public int NativeDecompress() => _native.Decompress(_compressed, _nativeTarget);

    [Benchmark]
    [BenchmarkCategory("decompress")]
    public int Decompress()
    {
        _target.Reset();
        _codec.Decompress(_compressed, _target, _content.Length);
        return _target.Length;
    }
}
