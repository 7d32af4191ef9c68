using HighPerf.Kafka.Metadata;

namespace HighPerf.Kafka.Consuming;

/// <summary>The assigned partitions of one topic, so that news of a topic concern nobody else. Owner: the session's loop.</summary>
internal sealed class AssignedTopic
{
    private readonly List<PartitionCursor> _cursors = [];

    /// <summary>What was told of it last, which all its partitions know.</summary>
    public TopicMetadata? Told { get; set; }

    public IReadOnlyList<PartitionCursor> Cursors => _cursors;

    public void Add(PartitionCursor cursor)
    {
        cursor.Index = _cursors.Count;
        _cursors.Add(cursor);
    }

    /// <summary>The last takes its place: nothing depends on the order.</summary>
    public void Remove(PartitionCursor cursor)
    {
        PartitionCursor last = _cursors[^1];
        _cursors[cursor.Index] = last;
        last.Index = cursor.Index;
        _cursors.RemoveAt(_cursors.Count - 1);
        cursor.Index = -1;
    }
}
