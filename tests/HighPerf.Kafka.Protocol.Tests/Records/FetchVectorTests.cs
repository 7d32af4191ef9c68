using System.Text.Json;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Protocol.Tests.Buffers;

namespace HighPerf.Kafka.Protocol.Tests.Records;

public sealed class FetchVectorTests
{
    [Fact]
    public void F1_F2_F3_F4_F14_Fetched_buffers_deliver_the_records_and_the_position_that_the_vectors_say()
    {
        BufferPool pool = new();
        CompressionCodecs codecs = new();
        using PooledBuffer scratch = new(pool);
        FetchedRecordsReader reader = new(codecs);
        int count = 0;
        foreach (JsonElement line in Vectors.Read("fetches.jsonl.gz"))
        {
            count++;
            List<string> delivered = [];
            bool failed = false;
            reader.Reset(
                Vectors.Hex(line.GetProperty("hex")),
                line.GetProperty("fetchOffset").GetInt64(),
                line.GetProperty("isolation").GetString() == "read_committed",
                Aborted(line.GetProperty("abortedTransactions")));
            try
            {
                while (reader.TryReadBatch(out FetchedBatch batch))
                {
                    foreach (RecordView record in batch.GetRecords(codecs, scratch))
                    {
                        delivered.Add(Describe(record));
                    }
                }
            }
            catch (KafkaProtocolException)
            {
                failed = true;
            }

            string what = $"seed {line.GetProperty("seed")}";
            Assert.Equal(line.GetProperty("delivered").EnumerateArray().Select(Describe), delivered);
            Assert.True(line.GetProperty("nextFetchOffset").GetInt64() == reader.NextFetchOffset, what);
            Assert.True(line.GetProperty("failsThen").GetBoolean() == failed, what);
        }

        Assert.Equal(300, count);
    }

    private static AbortedTransaction[] Aborted(JsonElement list) => list.ValueKind == JsonValueKind.Null
        ? []
        : [.. list.EnumerateArray().Select(x => new AbortedTransaction(x.GetProperty("producerId").GetInt64(), x.GetProperty("firstOffset").GetInt64()))];

    private static string Describe(RecordView record) =>
        $"{record.Offset} {record.Timestamp} {record.LeaderEpoch} "
        + $"{Hex(record.Key, record.IsKeyNull)} {Hex(record.Value, record.IsValueNull)} {record.Headers.Count}";

    private static string Describe(JsonElement record) =>
        $"{record.GetProperty("offset")} {record.GetProperty("timestamp")} {record.GetProperty("leaderEpoch")} "
        + $"{record.GetProperty("key").GetString() ?? "null"} {record.GetProperty("value").GetString() ?? "null"} {record.GetProperty("headers")}";

    private static string Hex(ReadOnlySpan<byte> bytes, bool isNull) => isNull ? "null" : Convert.ToHexStringLower(bytes);
}
