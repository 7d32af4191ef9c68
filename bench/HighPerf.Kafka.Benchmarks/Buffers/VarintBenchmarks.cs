using BenchmarkDotNet.Attributes;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Benchmarks.Buffers;

/// <summary>Per number, over numbers that take one and two bytes in turn.</summary>
public class VarintBenchmarks
{
    private const int Count = 1024;

    private readonly byte[] _bytes = new byte[10 * Count];

    [GlobalSetup]
    public void SetUp() => Write();

    [Benchmark(OperationsPerInvoke = Count)]
    public int Write()
    {
        KafkaWriter writer = new(_bytes);
        for (uint i = 0; i < Count; i++)
        {
            writer.WriteUnsignedVarint((i & 1) == 0 ? 5 : 300 + i);
        }

        return writer.Position;
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public uint Read()
    {
        KafkaReader reader = new(_bytes);
        uint sum = 0;
        for (int i = 0; i < Count; i++)
        {
            sum += reader.ReadUnsignedVarint();
        }

        return sum;
    }
}
