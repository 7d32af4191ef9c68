using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Tests.Transactions;

/// <summary>What producers know of their transactions, and whether partitions and groups say the same.</summary>
internal sealed class TransactionLedger
{
    private readonly List<Entry> _entries = [];

    public int Committed => _entries.Count(entry => entry.Outcome == Outcome.Committed);

    public int NotCommitted => _entries.Count(entry => entry.Outcome == Outcome.NotCommitted);

    public Entry Begin(string id)
    {
        Entry entry = new(_entries.Count + 1, id);
        _entries.Add(entry);
        return entry;
    }

    /// <summary>Every committed transaction is there as it was written, nothing of the others, and none in parts.</summary>
    public void AssertContent(List<string>[] partitions)
    {
        Dictionary<(int, int), List<string>> found = [];
        for (int partition = 0; partition < partitions.Length; partition++)
        {
            foreach (string value in partitions[partition])
            {
                int number = int.Parse(value.Split(':')[0]);
                if (!found.TryGetValue((number, partition), out List<string>? values))
                {
                    found.Add((number, partition), values = []);
                }

                values.Add(value);
            }
        }

        foreach (Entry entry in _entries)
        {
            if (entry.Outcome == Outcome.Unknown)
            {
                entry.Outcome = found.Keys.Any(key => key.Item1 == entry.Number) ? Outcome.Committed : Outcome.NotCommitted;
            }

            for (int partition = 0; partition < partitions.Length; partition++)
            {
                List<string> expected = entry.Outcome == Outcome.Committed ? entry.Values.GetValueOrDefault(partition, []) : [];
                Assert.Equal(expected, found.GetValueOrDefault((entry.Number, partition), []));
            }
        }
    }

    /// <summary>The offset of each id's group is the number of its last committed transaction that had one. After <see cref="AssertContent"/>.</summary>
    public void AssertOffsets(EmbeddedCluster cluster, Guid topic)
    {
        foreach (IGrouping<string, Entry> ofId in _entries.GroupBy(entry => entry.Id))
        {
            long? expected = ofId.LastOrDefault(entry => entry is { Outcome: Outcome.Committed, HasOffset: true })?.Number;
            Assert.Equal(expected, cluster.Groups.Find(GroupOf(ofId.Key))?.Offsets.Find(topic, 0)?.Offset);
            Assert.False(cluster.Groups.Find(GroupOf(ofId.Key))?.Offsets.HasPending(topic, 0) ?? false);
        }
    }

    public static string GroupOf(string id) => "group of " + id;

    internal enum Outcome
    {
        NotCommitted,
        Committed,

        /// <summary>The answer to the commit was lost, and the producer was fenced before it could ask again.</summary>
        Unknown,
    }

    internal sealed class Entry(int number, string id)
    {
        public int Number { get; } = number;

        public string Id { get; } = id;

        public Outcome Outcome { get; set; }

        public bool HasOffset { get; set; }

        /// <summary>What was written to each partition, in order.</summary>
        public Dictionary<int, List<string>> Values { get; } = [];
    }
}
