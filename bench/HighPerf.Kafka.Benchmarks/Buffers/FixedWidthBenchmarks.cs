using BenchmarkDotNet.Attributes;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Benchmarks.Buffers;

/// <summary>Per int32 field of a request.</summary>
public class FixedWidthBenchmarks
{
    private const int Count = 1024;

    private readonly byte[] _bytes = new byte[4 * Count];

    [Benchmark(OperationsPerInvoke = Count)]
    public int WriteInt32()
    {
        KafkaWriter writer = new(_bytes);
        for (int i = 0; i < Count; i++)
        {
            writer.WriteInt32(i);
        }

        return writer.Position;
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public int ReadInt32()
    {
        KafkaReader reader = new(_bytes);
        int sum = 0;
        for (int i = 0; i < Count; i++)
        {
            sum += reader.ReadInt32();
        }

        return sum;
    }
}
