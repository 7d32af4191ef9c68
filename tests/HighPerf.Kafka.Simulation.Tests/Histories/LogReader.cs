using System.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>Looks into the log of an embedded broker itself, so that no client stands between.</summary>
internal static class LogReader
{
    public delegate void RecordReader(long offset, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>Gives every record of a partition, in order, its value as text.</summary>
    public static void Read(KafkaTestCluster cluster, string topic, int partition, Action<long, string> onRecord) =>
        ReadBytes(cluster, topic, partition, (offset, _, value) => onRecord(offset, Encoding.UTF8.GetString(value)));

    /// <summary>Gives every record of a partition, in order.</summary>
    public static void ReadBytes(KafkaTestCluster cluster, string topic, int partition, RecordReader onRecord)
    {
        EmbeddedCluster model = cluster.Model;
        List<LogSlice> slices = [];
        model.Topics.Find(topic)!.Partitions[partition].Log.Read(0, long.MaxValue, int.MaxValue, true, slices);
        FetchedRecordsReader reader = new(model.Codecs);
        foreach (LogSlice slice in slices)
        {
            reader.Reset(slice.Segment.Bytes.AsMemory(slice.Offset, slice.Count), 0, false, []);
            while (reader.TryReadBatch(out FetchedBatch batch))
            {
                using PooledBuffer scratch = new(model.Buffers);
                foreach (RecordView record in batch.GetRecords(model.Codecs, scratch))
                {
                    onRecord(record.Offset, record.Key, record.Value);
                }
            }
        }
    }
}
