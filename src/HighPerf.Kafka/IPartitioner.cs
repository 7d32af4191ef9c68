namespace HighPerf.Kafka;

/// <summary>Chooses the partition of a record that does not name one. Called on the thread that sends; must be thread-safe and quick.</summary>
public interface IPartitioner
{
    /// <summary>Chooses a partition.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="key">The key's bytes; live only during the call.</param>
    /// <param name="isKeyNull">Whether there is no key, which is not the same as an empty one.</param>
    /// <param name="partitionCount">How many partitions the topic has.</param>
    /// <returns>A number from 0 up to but not including <paramref name="partitionCount"/>, or -1 to leave the choice to the client (sticky).</returns>
    int ChoosePartition(string topic, ReadOnlySpan<byte> key, bool isKeyNull, int partitionCount);
}
