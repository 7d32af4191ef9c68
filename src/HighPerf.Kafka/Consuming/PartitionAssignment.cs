using System.Diagnostics.CodeAnalysis;

namespace HighPerf.Kafka.Consuming;

/// <summary>The partitions that a consumer has. Immutable; a change is a new one.</summary>
internal sealed class PartitionAssignment
{
    private readonly Dictionary<TopicPartition, PartitionCursor> _byPartition;

    public PartitionAssignment(PartitionCursor[] cursors)
    {
        Cursors = cursors;
        _byPartition = new Dictionary<TopicPartition, PartitionCursor>(cursors.Length);
        foreach (PartitionCursor cursor in cursors)
        {
            _byPartition.Add(cursor.TopicPartition, cursor);
        }
    }

    /// <summary>In the order in which they came.</summary>
    public PartitionCursor[] Cursors { get; }

    public bool TryFind(TopicPartition partition, [NotNullWhen(true)] out PartitionCursor? cursor) => _byPartition.TryGetValue(partition, out cursor);

    public PartitionAssignment With(IReadOnlyList<PartitionCursor> added) => new([.. Cursors, .. added]);

    public PartitionAssignment Without(IReadOnlyList<PartitionCursor> removed)
    {
        HashSet<PartitionCursor> gone = [.. removed];
        return new PartitionAssignment(Array.FindAll(Cursors, cursor => !gone.Contains(cursor)));
    }
}
