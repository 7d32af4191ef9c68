using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>
/// Writes batches of every shape straight into the embedded broker's log (compressed, compacted, empty, control, larger than a fetch may be), and knows what a
/// consumer must see of them.
/// </summary>
internal sealed class WrittenLog
{
    private readonly KafkaTestCluster _cluster;
    private readonly string _topic;
    private readonly RandomSource _random;
    private readonly CompressionCodecs _codecs = new();
    private readonly List<(long Offset, string Value)>[] _records;
    private readonly long[] _ends;

    public WrittenLog(KafkaTestCluster cluster, string topic, int partitions, RandomSource random)
    {
        _cluster = cluster;
        _topic = topic;
        _random = random;
        _records = [.. Enumerable.Range(0, partitions).Select(static _ => new List<(long, string)>())];
        _ends = new long[partitions];
    }

    /// <summary>The bytes of the largest batch so far, packed or not.</summary>
    public int LargestBatch { get; private set; }

    /// <summary>The offset behind everything.</summary>
    public long End(int partition) => _ends[partition];

    /// <summary>The first record at or behind an offset; null behind the last.</summary>
    public (long Offset, string Value)? Next(int partition, long offset)
    {
        List<(long Offset, string Value)> records = _records[partition];
        int low = 0;
        int high = records.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = records[middle].Offset < offset ? (middle + 1, high) : (low, middle);
        }

        return low < records.Count ? records[low] : null;
    }

    /// <summary>Appends a few batches to one partition.</summary>
    public Task AppendAsync(int partition, int batches) => LoopCall<bool>.RunAsync(_cluster.Model, () =>
    {
        Partition log = _cluster.Model.Topics.Find(_topic)!.Partitions[partition];
        for (int i = 0; i < batches; i++)
        {
            AppendOne(log, partition);
        }

        log.NotifyAppended();
        return true;
    });

    private void AppendOne(Partition log, int partition)
    {
        BufferPool pool = new();
        using PooledBuffer plain = new(pool);
        using PooledBuffer packed = new(pool);
        RecordBatchWriter writer = new(plain);
        writer.Begin();
        int kind = _random.Next(10);
        int offsets = kind == 0 ? 1 : 1 + _random.Next(20);
        int longest = _random.Chance(0.05) ? 6000 : 120;
        bool isControl = kind == 0;
        for (int delta = 0; delta < offsets; delta++)
        {
            if (kind == 1 || (kind == 2 && _random.Chance(0.5)))
            {
                continue; // compacted away, all of it or here and there
            }

            string value = isControl ? "" : $"{partition}:{_ends[partition] + delta} {new string('x', _random.Next(longest))}";
            byte[] key = isControl ? [0, 0, 0, 1] : [];
            byte[] bytes = isControl ? new byte[ControlRecord.ValueSize] : System.Text.Encoding.UTF8.GetBytes(value);
            writer.AppendAt(delta, 1, key, bytes, default);
            if (!isControl)
            {
                _records[partition].Add((_ends[partition] + delta, value));
            }
        }

        writer.ExtendTo(offsets - 1);
        CompressionType type = isControl || writer.Count == 0 ? CompressionType.None : (CompressionType)_random.Next(4);
        SealedRecordBatch batch = type == CompressionType.None ? writer.Seal() : writer.Seal(_codecs.Get(type), 1, packed);
        short attributes = isControl ? (short)(RecordBatchHeader.ControlFlag | RecordBatchHeader.TransactionalFlag) : (short)0;
        RecordBatchHeader header = batch.Stamp(new RecordBatchHeader { Attributes = attributes, ProducerId = isControl ? 7 : -1 });
        Assert.Equal(_ends[partition], log.Log.Append(batch.Bytes, header, log.LeaderEpoch, appendTime: -1));
        _ends[partition] += offsets;
        LargestBatch = Math.Max(LargestBatch, Math.Max(batch.Length, writer.Length));
    }
}
