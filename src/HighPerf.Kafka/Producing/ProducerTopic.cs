using System.Text;
using HighPerf.Kafka.Metadata;

namespace HighPerf.Kafka.Producing;

/// <summary>One topic as a producer sees it: its partition queues and the sticky partition of records without a key.</summary>
internal sealed class ProducerTopic
{
    private readonly ProducerEngine _engine;
    private PartitionQueue[] _queues = []; // replaced by a longer one under the engine's topic lock, read by any thread
    private TopicMetadata? _metadata; // replaced under the engine's topic lock, read by any thread
    private long _askedAt = -1; // any thread, interlocked; ticks of the loop's clock
    private TopicFailure? _failure; // any thread
    private int _sticky; // any thread; a race costs a little evenness only
    private int _stickyBytes; // any thread, as _sticky; what was sent of it in batches that were not full

    public ProducerTopic(ProducerEngine engine, string name)
    {
        _engine = engine;
        Name = name;
        NameBytes = Encoding.UTF8.GetBytes(name);
        Line = new SendLine(engine.Executor);
    }

    public string Name { get; }

    /// <summary>The name as it stands in requests.</summary>
    public byte[] NameBytes { get; }

    /// <summary>
    /// What was last known of the topic; survives its short loss from metadata (P8). Null before the first metadata. Replaced under the engine's topic
    /// lock.
    /// </summary>
    public TopicMetadata? Metadata => Volatile.Read(ref _metadata);

    /// <summary>All zeros while no metadata names one.</summary>
    public Guid Id => Metadata?.Id ?? Guid.Empty;

    /// <summary>The sends that wait for the topic's partitions or for memory.</summary>
    public SendLine Line { get; }

    /// <summary>Whether a record can go straight into its batch.</summary>
    public bool IsOpen => PartitionCount > 0 && !Line.IsInUse;

    /// <summary>How many partitions are known; 0 before the first metadata.</summary>
    public int PartitionCount => Volatile.Read(ref _queues).Length;

    public PartitionQueue this[int partition] => Volatile.Read(ref _queues)[partition];

    /// <summary>The partition for records that no key decides.</summary>
    public int StickyPartition
    {
        get
        {
            int count = PartitionCount;
            int sticky = Volatile.Read(ref _sticky);
            return sticky < count ? sticky : 0;
        }
    }

    /// <summary>
    /// Takes a newer view of the topic, and makes queues for partitions that are new in it. Partitions never go away (P8). Under the engine's topic
    /// lock.
    /// </summary>
    public void Update(TopicMetadata metadata)
    {
        Volatile.Write(ref _metadata, metadata);
        PartitionQueue[] queues = _queues;
        if (metadata.Partitions.Length > 0 && (queues.Length == 0 || metadata.LeaderOf(StickyPartition) == PartitionMetadata.NoLeader))
        {
            Stick(afterFull: false); // before the queues are there to be seen
        }

        if (metadata.Partitions.Length > queues.Length)
        {
            Lengthen(queues, metadata.Partitions.Length);
        }
    }

    /// <summary>Whether it is time to ask for the topic's partitions (again) for somebody who tries and does not wait.</summary>
    public bool MayAsk(TimeSpan now, TimeSpan pace)
    {
        long asked = Interlocked.Read(ref _askedAt);
        return (asked < 0 || now.Ticks - asked >= pace.Ticks) && Interlocked.CompareExchange(ref _askedAt, now.Ticks, asked) == asked;
    }

    /// <summary>The partitions could not be learnt. By whoever has the turn in the line.</summary>
    public void Settle(KafkaException reason, TimeSpan now) => Volatile.Write(ref _failure, new TopicFailure(reason, now));

    /// <summary>
    /// Throws what the one before in the line was told, if the caller has waited for it as long as it would itself: the line must not take the time anew for
    /// each that stands in it.
    /// </summary>
    /// <param name="begun">Since when the caller waits.</param>
    /// <param name="patience">How long brokers may say that there is no such topic.</param>
    public void ThrowIfSettled(TimeSpan begun, TimeSpan patience)
    {
        if (Volatile.Read(ref _failure) is { } failure && begun < (failure.IsRefusal ? failure.At : failure.At - patience))
        {
            throw ProduceErrors.NoPartitions(Name, failure.Reason);
        }
    }

    /// <summary>
    /// A batch goes out. Batches that are sent before they are full count together: else records without a key would go to one partition for ever where
    /// few come (KIP-794). Owner: the loop.
    /// </summary>
    public void BatchTaken(int partition, int length)
    {
        if (partition != StickyPartition)
        {
            return;
        }

        _stickyBytes += length;
        if (_stickyBytes >= _engine.Options.BatchSizeBytes)
        {
            Stick(afterFull: false);
        }
    }

    /// <summary>A batch of the partition is full: records without a key go to another one from now on (KIP-480). Any thread, without locks.</summary>
    public void BatchFull(int partition)
    {
        if (partition == StickyPartition)
        {
            Stick(afterFull: true);
        }
    }

    // Chooses where records without a key go next; it may be where they went before.
    private void Stick(bool afterFull)
    {
        int chosen = _engine.ChooseSticky(this);

        // The full batch is yet to be taken; it has brought about this choice and must not bring about the next one, too.
        _stickyBytes = afterFull && chosen == _sticky ? -_engine.Options.BatchSizeBytes : 0;
        Volatile.Write(ref _sticky, chosen);
    }

    private void Lengthen(PartitionQueue[] queues, int count)
    {
        PartitionQueue[] longer = new PartitionQueue[count];
        queues.CopyTo(longer, 0);
        for (int i = queues.Length; i < longer.Length; i++)
        {
            longer[i] = new PartitionQueue(_engine, this, i);
        }

        Volatile.Write(ref _queues, longer);
    }

    private sealed record TopicFailure(KafkaException Reason, TimeSpan At)
    {
        public bool IsRefusal => Reason is KafkaBrokerException { Code: not ErrorCode.UnknownTopicOrPartition };
    }
}
