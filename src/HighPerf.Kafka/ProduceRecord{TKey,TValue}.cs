namespace HighPerf.Kafka;

/// <summary>A record to send, with what the short overloads leave out.</summary>
public readonly struct ProduceRecord<TKey, TValue>
{
    /// <summary>Creates a record for a topic.</summary>
    public ProduceRecord(string topic, TKey key, TValue value)
    {
        Topic = topic;
        Key = key;
        Value = value;
        Partition = -1;
        Timestamp = -1;
    }

    /// <summary>The topic.</summary>
    public string Topic { get; init; }

    /// <summary>The key; records of one key go to one partition.</summary>
    public TKey Key { get; init; }

    /// <summary>The value.</summary>
    public TValue Value { get; init; }

    /// <summary>The partition, or -1 to let the partitioner choose.</summary>
    public int Partition { get; init; }

    /// <summary>Milliseconds since 1970, or -1 for the time of the send.</summary>
    public long Timestamp { get; init; }

    /// <summary>The headers, in order; null for none. Read during the call only.</summary>
    public IReadOnlyList<RecordHeader>? Headers { get; init; }
}
