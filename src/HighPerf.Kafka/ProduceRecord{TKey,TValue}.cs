namespace HighPerf.Kafka;

/// <summary>A record to send, with what the short overloads leave out.</summary>
public readonly struct ProduceRecord<TKey, TValue>
{
    // Kept one higher, so that a record made by its initialiser alone has neither.
    private readonly int _partition;
    private readonly long _timestamp;

    /// <summary>Creates a record for a topic.</summary>
    public ProduceRecord(string topic, TKey key, TValue value)
    {
        Topic = topic;
        Key = key;
        Value = value;
    }

    /// <summary>The topic.</summary>
    public string Topic { get; init; }

    /// <summary>The key; records of one key go to one partition.</summary>
    public TKey Key { get; init; }

    /// <summary>The value.</summary>
    public TValue Value { get; init; }

    /// <summary>The partition, or -1 to let the partitioner choose.</summary>
    public int Partition
    {
        get => _partition - 1;
        init => _partition = value + 1;
    }

    /// <summary>Milliseconds since 1970, or -1 for the time of the send.</summary>
    public long Timestamp
    {
        get => _timestamp - 1;
        init => _timestamp = value + 1;
    }

    /// <summary>The headers, in order; null for none. Read during the call only.</summary>
    public IReadOnlyList<RecordHeader>? Headers { get; init; }
}
