using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>What stands in the logs at the end, beside what the producers were told.</summary>
internal sealed class ProducedLog
{
    private readonly IReadOnlyList<SentRecord> _sent;
    private readonly bool _leadersFail;
    private readonly List<(string Topic, int Partition, long Offset)>[] _places;

    /// <param name="leadersFail">Whether a record that only its leader has can be lost.</param>
    public ProducedLog(KafkaTestCluster cluster, IReadOnlyList<SentRecord> sent, bool leadersFail)
    {
        _sent = sent;
        _leadersFail = leadersFail;
        _places = [.. sent.Select(static _ => new List<(string, int, long)>())];
        foreach (string topic in MixedProducerHistory.Topics)
        {
            for (int partition = 0; partition < MixedProducerHistory.Partitions; partition++)
            {
                ReadPartition(cluster, topic, partition);
            }
        }
    }

    /// <param name="nothingFails">Whether every record that was accepted must be there.</param>
    public void Check(bool nothingFails)
    {
        foreach (SentRecord record in _sent)
        {
            CheckOne(record, _places[record.Number], nothingFails);
        }

        foreach (MixedTask task in _sent.Select(static record => record.Task).Distinct().Where(static task => task.Mix.Options.Acks != Acks.None))
        {
            CheckOrder(task);
        }
    }

    private void ReadPartition(KafkaTestCluster cluster, string topic, int partition) => LogReader.ReadBytes(cluster, topic, partition, (offset, key, value) =>
    {
        int number = SentRecord.NumberOf(key, value);
        Assert.InRange(number, 0, _sent.Count - 1);
        SentRecord record = _sent[number];
        Assert.True(record.IsValue(value), $"{record} has other bytes at {topic}-{partition}@{offset}");
        Assert.Equal(record.Key is not null, key.Length > 0);
        _places[number].Add((topic, partition, offset));
    });

    private void CheckOne(SentRecord record, List<(string Topic, int Partition, long Offset)> places, bool nothingFails)
    {
        ProducerMix mix = record.Task.Mix;
        Assert.True(places.Count <= 1 || (!mix.IsIdempotent && mix.Options.Acks != Acks.None), $"{record} is in the log {places.Count} times");
        Assert.True(record.Sending is null || record.Metadata is not null || record.Outcome is not null, $"{record} was never completed");
        int reports = record.IsReported && record.IsAccepted ? 1 : 0;
        Assert.True(record.Reports == reports, $"{record} was reported {record.Reports} times, not {reports}");
        bool mayBeLost = mix.Options.Acks == Acks.None || (mix.Options.Acks == Acks.Leader && _leadersFail);
        if (record.Metadata is { } metadata && !mayBeLost)
        {
            Assert.True(places.Count > 0, $"{record} was acknowledged and is not in the log");
            bool isThere = metadata.Offset < 0 || places.Contains((metadata.Topic, metadata.Partition, metadata.Offset));
            Assert.True(isThere, $"{record} was acknowledged at {metadata.Offset} and is at {string.Join(", ", places)}");
        }
        else if (record.Outcome == DeliveryOutcome.NotWritten)
        {
            Assert.True(places.Count == 0, $"{record} was told as not written and is at {string.Join(", ", places)}");
        }

        if (nothingFails && record.IsAccepted)
        {
            Assert.True(places.Count == 1, $"{record} was accepted, had the time, and is in the log {places.Count} times");
        }
    }

    // Without idempotence a record that failed may turn up late, and one that was sent twice stands where it stood first.
    private void CheckOrder(MixedTask task)
    {
        Dictionary<(string Topic, int Partition), long> last = [];
        foreach (SentRecord record in task.Records.Where(record => task.Mix.IsIdempotent || (record.Metadata is not null && !_leadersFail)))
        {
            foreach (IGrouping<(string, int), long> place in _places[record.Number].GroupBy(static at => (at.Topic, at.Partition), static at => at.Offset))
            {
                long offset = place.Min();
                bool isBehind = !last.TryGetValue(place.Key, out long before) || before < offset;
                Assert.True(isBehind, $"{record} at {place.Key}@{offset} stands before an older record at {before}");
                last[place.Key] = offset;
            }
        }
    }
}
