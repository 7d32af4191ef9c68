using System.Buffers.Binary;

namespace HighPerf.Kafka.Tests.Producing.Stress;

/// <summary>Takes the sender and its key, but not the sequence that stands behind them: records of one key go to one partition.</summary>
internal sealed class StressPartitioner : IPartitioner
{
    public int ChoosePartition(string topic, ReadOnlySpan<byte> key, bool isKeyNull, int partitionCount) =>
        (BinaryPrimitives.ReadInt16BigEndian(key) + (7 * BinaryPrimitives.ReadInt16BigEndian(key[2..]))) % partitionCount;
}
