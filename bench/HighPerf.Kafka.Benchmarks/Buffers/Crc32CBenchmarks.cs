using System.Numerics;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Benchmarks.Buffers;

/// <summary>Ours beside one loop over the processor's instruction, and the paths that slower processors take.</summary>
public class Crc32CBenchmarks
{
    private byte[] _bytes = [];

    [Params(100, 1_000, 16_384, 1_048_576)]
    public int Length { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _bytes = new byte[Length];
        new Random(1).NextBytes(_bytes);
    }

    [Benchmark(Baseline = true)]
    public uint OneLoop()
    {
        uint crc = ~0u;
        ReadOnlySpan<byte> bytes = _bytes;
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (byte b in bytes[(bytes.Length & ~7)..])
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }

    [Benchmark]
    public uint Ours() => Crc32C.Compute(_bytes);

    [Benchmark]
    public uint OursByStreams() => Crc32CStreams.Update(~0u, _bytes);

    [Benchmark]
    public uint OursByTables() => Crc32CTable.Update(~0u, _bytes);
}
