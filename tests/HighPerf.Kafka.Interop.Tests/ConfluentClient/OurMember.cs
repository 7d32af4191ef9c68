namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using Ours = HighPerf.Kafka.TopicPartition;
using Place = Confluent.Kafka.TopicPartitionOffset;
using Theirs = Confluent.Kafka.TopicPartition;

/// <summary>
/// One member of a group that is our own consumer: it reads, commits as it goes, and tells the ledger. It ends with <see cref="LeaveAsync"/>.
/// </summary>
internal sealed class OurMember : IRebalanceListener
{
    private readonly string _name;
    private readonly GroupLedger _ledger;
    private readonly KafkaClient _client;
    private readonly KafkaConsumer<byte[]?, byte[]?> _consumer;
    private readonly CancellationTokenSource _stop;
    private readonly Task _reading;

    public OurMember(
        string bootstrapServers, GroupLedger ledger, string name, string group, string[] topics, IPartitionAssignor[]? assignors, CancellationToken limit)
    {
        _name = name;
        _ledger = ledger;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(limit);

        // Member ids begin with the client id, and assignors go by their order.
        _client = new KafkaClient(new KafkaClientOptions { BootstrapServers = bootstrapServers, ClientId = name });
        _consumer = _client.CreateConsumer<byte[]?, byte[]?>(new ConsumerOptions
        {
            GroupId = group,
            PartitionAssignors = assignors,
            SessionTimeout = TimeSpan.FromSeconds(6),
            HeartbeatInterval = TimeSpan.FromMilliseconds(100),
            AutoCommitInterval = TimeSpan.FromMilliseconds(50),
            FetchMaxWait = TimeSpan.FromMilliseconds(50),
            RetryBackoff = TimeSpan.FromMilliseconds(20),
        });
        _consumer.Subscribe(topics, this);
        _reading = ReadAsync();
    }

    /// <summary>Commits, leaves the group, and ends.</summary>
    public async Task LeaveAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        await _consumer.DisposeAsync();
        await _client.DisposeAsync();
        _stop.Dispose();
    }

    public ValueTask OnPartitionsAssignedAsync(IReadOnlyList<Ours> partitions, CancellationToken cancellationToken)
    {
        _ledger.Assign(_name, Convert(partitions));
        return ValueTask.CompletedTask;
    }

    public ValueTask OnPartitionsRevokedAsync(IReadOnlyList<Ours> partitions, CancellationToken cancellationToken)
    {
        _ledger.Revoke(_name, Convert(partitions));
        return ValueTask.CompletedTask;
    }

    public ValueTask OnPartitionsLostAsync(IReadOnlyList<Ours> partitions, CancellationToken cancellationToken)
    {
        _ledger.Forget(_name);
        return ValueTask.CompletedTask;
    }

    private static List<Theirs> Convert(IReadOnlyList<Ours> partitions) =>
        [.. partitions.Select(static partition => new Theirs(partition.Topic, partition.Partition))];

    private async Task ReadAsync()
    {
        try
        {
            while (await _consumer.WaitToReadAsync(_stop.Token))
            {
                while (_consumer.TryRead(out ConsumedRecord<byte[]?, byte[]?> record))
                {
                    _ledger.Read(_name, new Place(record.Topic, record.Partition, record.Offset));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It is to stop.
        }
    }
}
