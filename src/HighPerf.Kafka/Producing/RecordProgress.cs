namespace HighPerf.Kafka.Producing;

/// <summary>What a record that cannot go into its batch yet takes along from one attempt to the next.</summary>
internal struct RecordProgress
{
    /// <summary>Bytes that were reserved for the record and that no batch has taken over.</summary>
    public long Reserved;

    /// <summary>Bytes to wait for, when there was no memory.</summary>
    public long Needed;

    /// <summary>When the record was given to the producer, if it had to wait since; on the loop's clock.</summary>
    public TimeSpan? Begun;

    private int _choice; // 0 when no partitioner was asked, else its answer and 2

    /// <summary>Whether a partitioner has chosen: it is asked once for a record, as one that counts has to be.</summary>
    public readonly bool IsPartitionChosen => _choice != 0;

    /// <summary>What it answered; -1 leaves the choice to the topic.</summary>
    public int Partition
    {
        readonly get => _choice - 2;
        set => _choice = value + 2;
    }
}
