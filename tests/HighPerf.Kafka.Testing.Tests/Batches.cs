using System.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Testing.Tests;

/// <summary>Record batches as a producer sends them.</summary>
internal static class Batches
{
    /// <summary>A batch of records whose values are the given texts, one millisecond apart.</summary>
    public static byte[] Of(IReadOnlyList<string> values, long timestamp = 1000, CompressionCodec? codec = null, RecordBatchHeader? template = null)
    {
        BufferPool pool = new();
        using PooledBuffer buffer = new(pool);
        using PooledBuffer compressed = new(pool);
        RecordBatchWriter writer = new(buffer);
        writer.Begin();
        for (int i = 0; i < values.Count; i++)
        {
            writer.Append(timestamp + i, NullableBytes.Null, Encoding.UTF8.GetBytes(values[i]));
        }

        SealedRecordBatch batch = codec is null ? writer.Seal() : writer.Seal(codec, codec.DefaultLevel, compressed);
        batch.Stamp(template ?? new RecordBatchHeader());
        return batch.Bytes.ToArray();
    }

    public static byte[] Of(params string[] values) => Of(values, 1000);

    /// <summary>A batch of an idempotent producer.</summary>
    public static byte[] Idempotent(long producerId, short epoch, int sequence, params string[] values) =>
        Of(values, 1000, null, new RecordBatchHeader { ProducerId = producerId, ProducerEpoch = epoch, BaseSequence = sequence });

    /// <summary>A batch with a right checksum over bytes that are no compressed records.</summary>
    public static byte[] OfGarbage(CompressionType compression)
    {
        byte[] batch = OfSize(100);
        RecordBatchHeader header = RecordBatchHeader.Read(batch);
        header = header with { Attributes = RecordBatchHeader.MakeAttributes(compression) };
        header.WriteChecksummed(batch, Crc32C.Compute(batch.AsSpan(RecordBatchHeader.Size)));
        return batch;
    }

    /// <summary>A batch with a value of this many bytes.</summary>
    public static byte[] OfSize(int valueLength) => Of(new string('x', valueLength));

    /// <summary>The values of all whole batches, checksums checked.</summary>
    public static List<string> Values(byte[]? records) => Records(records).ConvertAll(record => record.Value);

    public static List<(long Offset, long Timestamp, string Value)> Records(byte[]? records)
    {
        List<(long, long, string)> found = [];
        using PooledBuffer scratch = new(new BufferPool());
        CompressionCodecs codecs = new();
        RecordBatchReader reader = new(records);
        while (reader.TryRead(out RecordBatchView batch))
        {
            batch.EnsureChecksum();
            foreach (RecordView record in batch.GetRecords(codecs, scratch))
            {
                found.Add((record.Offset, record.Timestamp, Encoding.UTF8.GetString(record.Value)));
            }
        }

        return found;
    }
}
