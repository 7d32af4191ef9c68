namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using Confluent.Kafka;

/// <summary>
/// What the members of one group own and read, told by the members. Two owners of a partition at once are remembered as a fault; so is a record read twice.
/// Thread-safe.
/// </summary>
internal sealed class GroupLedger
{
    private readonly Lock _lock = new();

    /// <summary>Under the lock.</summary>
    private readonly Dictionary<TopicPartition, string> _owners = [];

    /// <summary>How many partitions each member was told to give up. Under the lock.</summary>
    private readonly Dictionary<string, int> _revoked = [];

    /// <summary>How often each member was told of an assignment. Under the lock.</summary>
    private readonly Dictionary<string, int> _assignments = [];

    /// <summary>Records by place, and who read them. Under the lock.</summary>
    private readonly Dictionary<TopicPartitionOffset, string> _read = [];

    /// <summary>Under the lock.</summary>
    private readonly List<string> _faults = [];

    /// <summary>What happened, for who reads a failure. Under the lock.</summary>
    private readonly List<string> _events = [];

    /// <summary>Completed, and replaced, with every change. Under the lock.</summary>
    private TaskCompletionSource _changed = NewSignal();

    public int ReadCount => Locked(() => _read.Count);

    /// <summary>The partitions that a member owns, by topic and number: "a0 a1 b0".</summary>
    public string Owned(string member) => Locked(() => string.Join(
        ' ', _owners.Where(pair => pair.Value == member).Select(pair => pair.Key)
            .OrderBy(partition => partition.Topic, StringComparer.Ordinal).ThenBy(partition => partition.Partition.Value)
            .Select(partition => $"{partition.Topic}{partition.Partition.Value}")));

    public int OwnedCount(string member) => Locked(() => _owners.Count(pair => pair.Value == member));

    public int RevokedFrom(string member) => Locked(() => _revoked.GetValueOrDefault(member));

    public int AssignmentsOf(string member) => Locked(() => _assignments.GetValueOrDefault(member));

    public void Assign(string member, IReadOnlyCollection<TopicPartition> partitions) => Change(() =>
    {
        _events.Add($"{member} +[{string.Join(' ', partitions)}]");
        _assignments[member] = _assignments.GetValueOrDefault(member) + 1;
        foreach (TopicPartition partition in partitions)
        {
            if (!_owners.TryAdd(partition, member))
            {
                _faults.Add($"{partition} is given to {member} while {_owners[partition]} has it");
                _owners[partition] = member;
            }
        }
    });

    public void Revoke(string member, IReadOnlyCollection<TopicPartition> partitions) => Change(() =>
    {
        _events.Add($"{member} -[{string.Join(' ', partitions)}]");
        _revoked[member] = _revoked.GetValueOrDefault(member) + partitions.Count;
        foreach (TopicPartition partition in partitions)
        {
            if (!_owners.Remove(partition, out string? owner) || owner != member)
            {
                _faults.Add($"{partition} is taken from {member}, and belonged to {owner}");
            }
        }
    });

    /// <summary>A member is gone without a word; what it had may have another owner already.</summary>
    public void Forget(string member) => Change(() =>
    {
        _events.Add($"{member} is gone");
        foreach (TopicPartition partition in _owners.Where(pair => pair.Value == member).Select(pair => pair.Key).ToList())
        {
            _owners.Remove(partition);
        }
    });

    public void Read(string member, TopicPartitionOffset place) => Change(() =>
    {
        if (!_read.TryAdd(place, member))
        {
            _events.Add($"{member} reads {place}");
            _faults.Add($"{place} is read by {member} and was by {_read[place]}");
        }
        else if (!_owners.TryGetValue(place.TopicPartition, out string? owner) || owner != member)
        {
            _faults.Add($"{place} is read by {member}, and belongs to {owner}");
        }
    });

    public async Task UntilAsync(string what, Func<bool> met, CancellationToken limit)
    {
        while (true)
        {
            Task changed = Locked(() => _changed.Task);
            if (met())
            {
                return;
            }

            try
            {
                await changed.WaitAsync(limit);
            }
            catch (OperationCanceledException)
            {
                string events = Locked(() => string.Join('\n', _events));
                throw new TimeoutException($"It did not come to this: {what}. {ReadCount} records are read.\n{events}");
            }
        }
    }

    public void AssertNoFaults() => Assert.True(Locked(() => _faults.Count == 0), Locked(() => string.Join('\n', _faults.Concat(_events))));

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private T Locked<T>(Func<T> read)
    {
        lock (_lock)
        {
            return read();
        }
    }

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            _changed.SetResult();
            _changed = NewSignal();
        }
    }
}
