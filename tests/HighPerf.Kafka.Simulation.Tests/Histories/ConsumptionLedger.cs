namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>
/// Who read, processed and committed what, in the order in which it happened; and what must never happen: an offset committed ahead of processing, or below
/// one that was committed, a partition read by two members of one generation, a record out of order within one assignment.
/// </summary>
internal sealed class ConsumptionLedger(WrittenLog log, int partitions, Action<string>? trace)
{
    private readonly Dictionary<(int Partition, long Offset), int> _processed = [];
    private readonly long[] _committed = new long[partitions];
    private readonly Dictionary<(int Partition, int Generation), string> _owners = [];

    private string? _violation;

    public int Processed { get; private set; }

    public int Duplicates { get; private set; }

    /// <summary>Commits below one before, of connections that had died; each must be healed.</summary>
    public int Regressions { get; private set; }

    /// <summary>Whether a request whose connection died may be applied late.</summary>
    public bool MayRegress { get; set; }

    public long Committed(int partition) => _committed[partition];

    public void Delivered(string member, int generation, int partition, long offset, string value)
    {
        trace?.Invoke($"ledger: {member} reads {partition}@{offset}");
        (long Offset, string Value)? due = log.Next(partition, offset);
        Assert.True(due?.Offset == offset, $"{member} was given {partition}@{offset}, which is no record");
        Assert.Equal(due!.Value.Value, value);
        if (_owners.TryGetValue((partition, generation), out string? owner))
        {
            Assert.True(owner == member, $"{member} was given {partition}@{offset} in generation {generation}, in which the partition was {owner}'s");
        }
        else
        {
            _owners[(partition, generation)] = member;
        }
    }

    /// <summary>The member has nothing of these any more. A generation whose coordinator failed before all had its plan can come again.</summary>
    public void HasGivenUp(string member, IEnumerable<int> given)
    {
        foreach (int partition in given)
        {
            foreach ((int Partition, int Generation) key in _owners.Where(owner => owner.Key.Partition == partition && owner.Value == member)
                .Select(static owner => owner.Key).ToArray())
            {
                _owners.Remove(key);
            }
        }
    }

    public void HasProcessed(string member, int partition, long offset)
    {
        trace?.Invoke($"ledger: {member} has processed {partition}@{offset}");
        int times = _processed.GetValueOrDefault((partition, offset)) + 1;
        _processed[(partition, offset)] = times;
        Processed++;
        Duplicates += times > 1 ? 1 : 0;
    }

    /// <summary>Throws what the broker saw. Not from where it saw it: the broker would hang up, and go on.</summary>
    public void Check() => Assert.True(_violation is null, _violation);

    public void WasCommitted(int partition, long offset, int epoch)
    {
        trace?.Invoke($"ledger: committed {partition}@{offset} (epoch {epoch})");
        if (offset < _committed[partition])
        {
            Regressions++;
            if (!MayRegress)
            {
                _violation ??= $"the committed offset of partition {partition} went back from {_committed[partition]} to {offset}";
            }
        }

        // Everything below was checked when it was committed.
        for (long next = Math.Min(_committed[partition], offset); log.Next(partition, next) is { } record && record.Offset < offset; next = record.Offset + 1)
        {
            if (!_processed.ContainsKey((partition, record.Offset)))
            {
                _violation ??= $"{partition}@{offset} was committed, and {record.Offset} is not processed";
            }
        }

        _committed[partition] = offset;
    }

    /// <summary>Whether every record there is was processed.</summary>
    public bool IsComplete()
    {
        for (int partition = 0; partition < partitions; partition++)
        {
            if (FirstMissing(partition) is not null)
            {
                return false;
            }
        }

        return true;
    }

    public void CheckComplete()
    {
        for (int partition = 0; partition < partitions; partition++)
        {
            Assert.True(FirstMissing(partition) is null, $"{partition}@{FirstMissing(partition)} was never processed");
        }
    }

    /// <summary>Everybody has left in peace: nothing is left to be read again.</summary>
    public void CheckCommitted()
    {
        for (int partition = 0; partition < partitions; partition++)
        {
            long? next = log.Next(partition, _committed[partition])?.Offset;
            Assert.True(next is null, $"{partition}@{next} is processed and not committed: the committed offset is {_committed[partition]}");
        }
    }

    private long? FirstMissing(int partition)
    {
        for (long next = 0; log.Next(partition, next) is { } record; next = record.Offset + 1)
        {
            if (!_processed.ContainsKey((partition, record.Offset)))
            {
                return record.Offset;
            }
        }

        return null;
    }
}
