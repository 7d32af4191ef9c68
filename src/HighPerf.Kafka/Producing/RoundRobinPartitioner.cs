using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Producing;

/// <summary>The partitions of each topic in turn. Any thread.</summary>
internal sealed class RoundRobinPartitioner : IPartitioner
{
    // A count for each topic: one for all would give two topics that are sent to in turn only every other partition.
    private readonly ConcurrentDictionary<string, StrongBox<uint>> _counts = new(StringComparer.Ordinal);

    public int ChoosePartition(string topic, ReadOnlySpan<byte> key, bool isKeyNull, int partitionCount)
    {
        StrongBox<uint> count = _counts.GetOrAdd(topic, static _ => new StrongBox<uint>(uint.MaxValue));
        return (int)(Interlocked.Increment(ref count.Value) % (uint)partitionCount);
    }
}
