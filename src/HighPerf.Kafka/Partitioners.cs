using HighPerf.Kafka.Producing;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka;

/// <summary>
/// The partitioners that come with the client, for <see cref="ProducerOptions.Partitioner"/>. Without one of them (null) a key decides by its hash, as in
/// every Kafka client, and records without a key stick to one partition for a batch, then go to another.
/// </summary>
public static class Partitioners
{
    /// <summary>
    /// Each record goes to the next partition of its topic, whatever its key. Makes as many small batches as there are partitions: where evenness is all
    /// that is wanted, <see cref="Sticky"/> costs less.
    /// </summary>
    public static IPartitioner RoundRobin() => new RoundRobinPartitioner();

    /// <summary>Records stick to one partition for a batch, whatever their keys (<c>partitioner.ignore.keys</c> of the Java client).</summary>
    public static IPartitioner Sticky() => new StickyPartitioner();

    /// <summary>
    /// The partition that a key decides for: murmur2 of its bytes, bit for bit as the Java client has it. For partitioners of your own that hash a part
    /// of the key only.
    /// </summary>
    /// <param name="key">The bytes; empty ones are hashed, too.</param>
    /// <param name="partitionCount">How many partitions the topic has; at least one.</param>
    public static int PartitionOf(ReadOnlySpan<byte> key, int partitionCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(partitionCount);
        return Murmur2.PartitionOf(key, partitionCount);
    }
}
