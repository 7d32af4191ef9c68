namespace HighPerf.Kafka.Testing.Transactions;

/// <summary>
/// The newest epoch of each producer that committed offsets, by slot of the group's coordinator: what the partitions of a real cluster's topic of offsets
/// know of their producers. Owner: the cluster's loop.
/// </summary>
internal sealed class OffsetEpochs
{
    private readonly Dictionary<(int Slot, long ProducerId), short> _epochs = [];

    /// <summary>Whether a newer epoch of the producer was seen.</summary>
    public bool IsFenced(int slot, ProducerIdentity producer) => _epochs.GetValueOrDefault((slot, producer.Id), short.MinValue) > producer.Epoch;

    public void Raise(int slot, ProducerIdentity producer) => _epochs[(slot, producer.Id)] = producer.Epoch;
}
