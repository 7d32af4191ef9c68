using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Tests.Producing.Stress;

/// <summary>
/// Reads the logs of the cluster while they are written, checks every record, and removes what it has read, so that gigabytes need no memory. Only what all
/// replicas have is read: the rest can still be cut off when a leader fails.
/// </summary>
internal sealed class StressLog(KafkaTestCluster cluster, string topic, StressKey[][] keys, StressPromise promise)
{
    private readonly Dictionary<int, long> _next = []; // owner: the cluster's loop
    private readonly FetchedRecordsReader _reader = new(cluster.Model.Codecs); // owner: the cluster's loop

    /// <summary>The bytes of values that were read.</summary>
    public long Bytes { get; private set; }

    public long Records { get; private set; }

    /// <summary>Reads everything there is, one partition in each turn of the cluster's loop.</summary>
    public async Task ReadAsync(int partitions)
    {
        for (int i = 0; i < partitions; i++)
        {
            int partition = i;
            await LoopCall<bool>.RunAsync(cluster.Model, () => Read(partition));
        }
    }

    private bool Read(int index)
    {
        Partition partition = cluster.Model.Topics.Find(topic)!.Partitions[index];
        long next = _next.GetValueOrDefault(index);
        long end = partition.HighWatermark;
        List<LogSlice> slices = [];
        if (next < end)
        {
            partition.Log.Read(next, end, int.MaxValue, true, slices);
        }

        foreach (LogSlice slice in slices)
        {
            _reader.Reset(slice.Segment.Bytes.AsMemory(slice.Offset, slice.Count), next, false, []);
            while (_reader.TryReadBatch(out FetchedBatch batch))
            {
                next = batch.NextOffset;
                Check(batch);
            }
        }

        _next[index] = next;
        partition.DeleteRecords(next);
        return true;
    }

    private void Check(FetchedBatch batch)
    {
        using PooledBuffer scratch = new(cluster.Model.Buffers);
        foreach (RecordView record in batch.GetRecords(cluster.Model.Codecs, scratch))
        {
            StressContent content = StressContent.Parse(record.Key);
            Assert.True(content.IsValue(record.Value), $"{content} has other bytes ({record.Value.Length}) than were sent");
            keys[content.Sender][content.Key].Found(content, record.Offset, promise);
            Bytes += record.Value.Length;
            Records++;
        }
    }
}
