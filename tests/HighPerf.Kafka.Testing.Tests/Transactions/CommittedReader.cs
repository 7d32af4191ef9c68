using System.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Testing.Tests.Transactions;

/// <summary>What a consumer sees under read_committed.</summary>
internal static class CommittedReader
{
    public const short Version = 12;

    public static FetchRequest Fetch(string topic, int partition, long offset, int maxBytes = 1 << 20, int maxWaitMs = 0)
    {
        FetchRequest request = Requests.Fetch(topic, partition, offset, partitionMaxBytes: maxBytes, maxWaitMs: maxWaitMs);
        request.IsolationLevel = 1;
        return request;
    }

    /// <summary>The values of a whole partition, fetched in pieces of this size, and where the reader stands then.</summary>
    public static async Task<(List<string> Values, long Position)> ReadAllAsync(RawClient client, string topic, int partition, int maxBytes = 1 << 20)
    {
        List<string> values = [];
        long position = 0;
        while (true)
        {
            FetchResponse.PartitionData data = (await client.CallAsync(Fetch(topic, partition, position, maxBytes), Version)).Single();
            Assert.Equal(0, data.ErrorCode);
            long next = Deliver(data, position, values);
            if (next == position)
            {
                Assert.Equal(data.LastStableOffset, position);
                return (values, position);
            }

            position = next;
        }
    }

    /// <summary>Holds what a consumer sees of partition 0 to these values, and its position at the end to this one.</summary>
    public static async Task AssertAsync(RawClient client, string topic, string[] values, long position, int maxBytes = 1 << 20)
    {
        (List<string> found, long reached) = await ReadAllAsync(client, topic, 0, maxBytes);
        Assert.Equal(values, found);
        Assert.Equal(position, reached);
    }

    /// <summary>Adds what the application gets of an answer, and returns the next position.</summary>
    public static long Deliver(FetchResponse.PartitionData data, long position, List<string> values)
    {
        CompressionCodecs codecs = new();
        using PooledBuffer scratch = new(new BufferPool());
        FetchedRecordsReader reader = new(codecs);
        AbortedTransaction[] aborted = [.. (data.AbortedTransactions ?? []).Select(known => new AbortedTransaction(known.ProducerId, known.FirstOffset))];
        reader.Reset(data.Records, position, readCommitted: true, aborted);
        while (reader.TryReadBatch(out FetchedBatch batch))
        {
            foreach (RecordView record in batch.GetRecords(codecs, scratch))
            {
                values.Add(Encoding.UTF8.GetString(record.Value));
            }
        }

        return reader.NextFetchOffset;
    }
}
