namespace HighPerf.Kafka.Producing;

/// <summary>Leaves every choice to the client, keys or not. Stateless.</summary>
internal sealed class StickyPartitioner : IPartitioner
{
    public int ChoosePartition(string topic, ReadOnlySpan<byte> key, bool isKeyNull, int partitionCount) => -1;
}
