namespace HighPerf.Kafka.Producing;

/// <summary>The memory that a record which has to wait for some deals in.</summary>
internal struct RecordMemory
{
    /// <summary>Bytes that were reserved for the record and that no batch has taken over.</summary>
    public long Reserved;

    /// <summary>Bytes to wait for, when there was no memory.</summary>
    public long Needed;
}
