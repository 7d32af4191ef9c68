namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using Confluent.Kafka;

/// <summary>One member of a group on a thread of its own: it reads, commits as it goes, and tells the ledger. It ends with <see cref="LeaveAsync"/>.</summary>
internal sealed class GroupMember
{
    private readonly string _name;
    private readonly GroupLedger _ledger;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly CancellationTokenSource _stop;
    private readonly Task _reading;

    /// <summary>Whether the member says goodbye when it stops. Written before the stop is asked for.</summary>
    private volatile bool _closes = true;

    public GroupMember(
        ConfluentClients clients, GroupLedger ledger, string name, string group, IEnumerable<string> topics, Action<ConsumerConfig> change,
        CancellationToken limit)
    {
        _name = name;
        _ledger = ledger;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(limit);
        _consumer = clients.BuildConsumer(group, config =>
        {
            // Member ids begin with the client id, and assignors go by their order.
            config.ClientId = name;
            config.EnableAutoCommit = true;
            config.AutoCommitIntervalMs = 50;
            change(config);
        })
            .SetPartitionsAssignedHandler((_, partitions) => ledger.Assign(name, partitions))
            .SetPartitionsRevokedHandler((_, partitions) => ledger.Revoke(name, [.. partitions.Select(static partition => partition.TopicPartition)]))
            .SetPartitionsLostHandler((_, partitions) => ledger.Forget(name))
            .Build();
        _consumer.Subscribe(topics);
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Commits, leaves the group, and ends.</summary>
    public async Task LeaveAsync()
    {
        await _stop.CancelAsync();
        await _reading;
    }

    /// <summary>Ends as a process ends that is killed: the group hears nothing of it.</summary>
    public async Task VanishAsync()
    {
        _closes = false;
        await LeaveAsync();
    }

    /// <summary>Waits until the client says that it cannot go on, and returns what it says.</summary>
    public async Task<Error> FailureAsync(CancellationToken limit)
    {
        try
        {
            await _reading.WaitAsync(limit);
        }
        catch (KafkaException exception)
        {
            return exception.Error;
        }

        throw new InvalidOperationException($"{_name} ended without an error.");
    }

    private void Read()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                _ledger.Read(_name, _consumer.Consume(_stop.Token).TopicPartitionOffset);
            }
        }
        catch (OperationCanceledException)
        {
            // It is to stop.
        }
        finally
        {
            if (_closes)
            {
                _consumer.Close();
            }
            else
            {
                _ledger.Forget(_name);
            }

            _consumer.Dispose();
            _stop.Dispose();
        }
    }
}
