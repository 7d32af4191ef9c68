using System.Text;
using BenchmarkDotNet.Attributes;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression.Zstd;

namespace HighPerf.Kafka.Benchmarks.Compression;

/// <summary>Ours beside the native library, on inputs of the size of a large batch. The set-up prints both sizes.</summary>
public class ZstdBenchmarks
{
    private readonly ZstdCodec _codec = new();
    private readonly NativeZstd _native = new();
    private readonly PooledBuffer _output = new(new BufferPool(), 4 * 1024 * 1024);
    private readonly byte[] _nativeOutput = new byte[4 * 1024 * 1024];
    private byte[] _content = [];
    private byte[] _compressed = [];

    [Params("text", "json", "records")]
    public string Input { get; set; } = "";

    [Params(64 * 1024, 1024 * 1024)]
    public int Length { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _content = Create(Input, Length);
        foreach (int level in new[] { 1, 3 })
        {
            int theirs = _native.Compress(_content, _nativeOutput, level);
            _compressed = _nativeOutput[..theirs];
            _output.Reset();
            _codec.Compress(_content, _output, level);
            Console.WriteLine($"// {Input}, {Length} bytes, level {level}: ours {_output.Length}, native {theirs}, {(double)_output.Length / theirs:P1}");
        }
    }

    [Benchmark]
    public int Compress1()
    {
        _output.Reset();
        _codec.Compress(_content, _output, 1);
        return _output.Length;
    }

    [Benchmark]
    public int NativeCompress1() => _native.Compress(_content, _nativeOutput, 1);

    [Benchmark]
    public int Compress3()
    {
        _output.Reset();
        _codec.Compress(_content, _output, 3);
        return _output.Length;
    }

    [Benchmark]
    public int NativeCompress3() => _native.Compress(_content, _nativeOutput, 3);

    [Benchmark]
    public int Decompress()
    {
        _output.Reset();
        _codec.Decompress(_compressed, _output, _content.Length);
        return _output.Length;
    }

    [Benchmark]
    public int NativeDecompress() => _native.Decompress(_compressed, _nativeOutput);

    private static byte[] Create(string input, int length)
    {
        Random random = new(12);
        string[] words = [.. Enumerable.Range(0, 3000).Select(_ => Word(random))];
        StringBuilder text = new();
        for (int i = 0; text.Length < length; i++)
        {
            double draw = random.NextDouble();
            string word = words[(int)(draw * draw * draw * words.Length)];
            text.Append(input switch
            {
                "text" => word + (random.Next(12) == 0 ? ".\n" : " "),
                "json" => $"{{\"id\":{i},\"customer\":\"c-{random.Next(5000)}\",\"note\":\"{word}\",\"sku\":\"{random.NextInt64(1L << 40):x}\"}}\n",
                _ => $"\x50\0\0{(char)(i & 127)}\x10user-{random.Next(2000):d5}\x60order {i}: {random.Next(100)} of SKU-{random.Next(10_000):d5} {word}\0",
            });
        }

        return Encoding.Latin1.GetBytes(text.ToString(0, length));
    }

    private static string Word(Random random) => string.Concat(Enumerable.Range(0, random.Next(2, 10)).Select(_ => (char)('a' + random.Next(26))));
}
