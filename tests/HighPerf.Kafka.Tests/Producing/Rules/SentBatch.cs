using System.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>One batch of one Produce request as the broker saw it, and what the answer said of it (null: no answer).</summary>
internal sealed record SentBatch(
    RecordedRequest Request, string Topic, int Partition, RecordBatchHeader Header, IReadOnlyList<string?> Keys, IReadOnlyList<string?> Values, string Bytes,
    ErrorCode? Answer)
{
    /// <summary>All of a request.</summary>
    public static IEnumerable<SentBatch> Of(RecordedRequest request, CompressionCodecs codecs)
    {
        foreach (ProduceRequest.TopicProduceData topic in request.Decode<ProduceRequest>().TopicData)
        {
            foreach (ProduceRequest.PartitionProduceData partition in topic.PartitionData)
            {
                RecordedPartition named = request.Partitions.First(p => p.Partition == partition.Index && (topic.Name.Length == 0 || p.Topic == topic.Name));
                yield return Read(request, named.Topic, partition, codecs);
            }
        }
    }

    /// <summary>Such as <c>0/3 a,b NotLeaderOrFollower</c>: epoch, first number, values, answer.</summary>
    public override string ToString() => $"{Header.ProducerEpoch}/{Header.BaseSequence} {string.Join(',', Values)} {Answer?.ToString() ?? "-"}";

    private static SentBatch Read(RecordedRequest request, string topic, ProduceRequest.PartitionProduceData partition, CompressionCodecs codecs)
    {
        byte[] bytes = [.. partition.Records!];
        RecordBatchReader reader = new(bytes);
        Assert.True(reader.TryRead(out RecordBatchView batch));
        Assert.Equal(0, reader.Remaining);
        batch.EnsureChecksum();
        List<string?> keys = [];
        List<string?> values = [];
        using PooledBuffer scratch = new(new BufferPool());
        foreach (RecordView record in batch.GetRecords(codecs, scratch))
        {
            Assert.Equal(values.Count, record.Offset - batch.Header.BaseOffset);
            keys.Add(record.IsKeyNull ? null : Encoding.UTF8.GetString(record.Key));
            values.Add(record.IsValueNull ? null : Encoding.UTF8.GetString(record.Value));
        }

        Assert.Equal(batch.Header.RecordCount, values.Count);
        ErrorCode? answer = null;
        foreach (RecordedPartition told in request.AnsweredPartitions.Where(told => told.Topic == topic && told.Partition == partition.Index))
        {
            answer ??= told.Error;
        }

        return new SentBatch(request, topic, partition.Index, batch.Header, keys, values, Convert.ToHexString(bytes), answer);
    }
}
