using BenchmarkDotNet.Attributes;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Benchmarks.Buffers;

/// <summary>What joining the checksums of a header and a payload of a megabyte costs.</summary>
public class Crc32CCombineBenchmarks
{
    private uint _header = 0x12345678;
    private uint _payload = 0x9abcdef0;

    [Benchmark]
    public uint Combine() => Crc32C.Combine(_header, _payload, 1_000_003);
}
