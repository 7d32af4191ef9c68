using HighPerf.Kafka.Consuming;

namespace HighPerf.Kafka;

/// <summary>
/// The records of one batch of one partition, as views over the bytes that were received: nothing is copied and nothing is allocated. Dispose it to
/// give the bytes back; they count
/// against <see cref="ConsumerOptions.PrefetchBytes"/> until then. Views and enumerators of a disposed batch must not be used. Several batches may be
/// held, on several threads; one batch
/// is for one thread at a time.
/// </summary>
public readonly struct ConsumedBatch : IDisposable
{
    private readonly BatchLease _lease;
    private readonly int _version;

    internal ConsumedBatch(BatchLease lease)
    {
        _lease = lease;
        _version = lease.Version;
    }

    /// <summary>The partition.</summary>
    public TopicPartition TopicPartition => Lease.Cursor.TopicPartition;

    /// <summary>The topic.</summary>
    public string Topic => TopicPartition.Topic;

    /// <summary>The partition's number.</summary>
    public int Partition => TopicPartition.Partition;

    /// <summary>How many records the batch has; fewer are enumerated when the position was inside it.</summary>
    public int Count => Lease.Batch.Header.RecordCount;

    /// <summary>The first offset of the batch that the position allowed.</summary>
    public long FirstOffset => Lease.FirstOffset;

    /// <summary>The offset behind the batch: the position once it is processed.</summary>
    public long NextOffset => Lease.Batch.NextOffset;

    /// <summary>The leader epoch in which the batch was written; -1 when it is not known.</summary>
    public int LeaderEpoch => Lease.Batch.Header.PartitionLeaderEpoch;

    internal BatchLease Lease
    {
        get
        {
            ObjectDisposedException.ThrowIf(_lease is null || _lease.Version != _version, typeof(ConsumedBatch));
            return _lease;
        }
    }

    /// <summary>Walks the records.</summary>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    /// <exception cref="KafkaProtocolException">From moving on: a record is malformed.</exception>
    public RecordEnumerator GetEnumerator() => Lease.GetRecords(_version);

    /// <summary>Gives the bytes back. Again is harmless.</summary>
    public void Dispose() => _lease?.Close(_version);
}
