using System.Text.Json;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Protocol.Tests.Buffers;

namespace HighPerf.Kafka.Protocol.Tests.Records;

/// <summary>Writes the batches that the vectors describe.</summary>
internal static class BatchFromJson
{
    /// <param name="asProducer">Uses only what a producer uses: offsets, base timestamp and counts come from the writer.</param>
    public static void WriteAll(JsonElement batches, PooledBuffer buffer, bool asProducer)
    {
        buffer.Reset();
        foreach (JsonElement batch in batches.EnumerateArray())
        {
            Write(batch, buffer, asProducer);
        }
    }

    public static RecordHeader[] Headers(JsonElement record) =>
    [
        .. record.GetProperty("headers").EnumerateArray().Select(header => new RecordHeader(
            header.GetProperty("key").GetString()!,
            Bytes(header.GetProperty("value")) is { } value ? value : (ReadOnlyMemory<byte>?)null)),
    ];

    public static byte[]? Bytes(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : Vectors.Hex(value);

    private static void Write(JsonElement batch, PooledBuffer buffer, bool asProducer)
    {
        RecordBatchWriter writer = new(buffer);
        long baseOffset = batch.GetProperty("baseOffset").GetInt64();
        if (asProducer)
        {
            writer.Begin();
        }
        else
        {
            writer.Begin(batch.GetProperty("baseTimestamp").GetInt64());
        }

        foreach (JsonElement record in batch.GetProperty("records").EnumerateArray())
        {
            long timestamp = record.GetProperty("timestamp").GetInt64();
            byte[]? key = Bytes(record.GetProperty("key"));
            byte[]? value = Bytes(record.GetProperty("value"));
            RecordHeader[] headers = Headers(record);
            if (asProducer)
            {
                int delta = headers.Length == 0 ? writer.Append(timestamp, key, value) : writer.Append(timestamp, key, value, headers);
                Assert.Equal(record.GetProperty("offset").GetInt64() - baseOffset, delta);
            }
            else
            {
                int delta = (int)(record.GetProperty("offset").GetInt64() - baseOffset);
                writer.AppendAt(delta, timestamp, key, value, new RecordHeadersView(Encode(headers), headers.Length));
            }
        }

        if (!asProducer)
        {
            writer.ExtendTo(batch.GetProperty("lastOffsetDelta").GetInt32());
        }

        RecordBatchHeader header = writer.Seal().Stamp(Template(batch));
        Assert.Equal(batch.GetProperty("crc").GetUInt32(), header.Crc);
    }

    private static RecordBatchHeader Template(JsonElement batch) => new()
    {
        BaseOffset = batch.GetProperty("baseOffset").GetInt64(),
        PartitionLeaderEpoch = batch.GetProperty("partitionLeaderEpoch").GetInt32(),
        Attributes = RecordBatchHeader.MakeAttributes(
            CompressionType.None,
            batch.GetProperty("isTransactional").GetBoolean(),
            batch.GetProperty("isControl").GetBoolean(),
            Enum.Parse<TimestampType>(batch.GetProperty("timestampType").GetString()!),
            batch.GetProperty("deleteHorizonMs").ValueKind == JsonValueKind.Number),
        MaxTimestamp = batch.GetProperty("maxTimestamp").GetInt64(),
        ProducerId = batch.GetProperty("producerId").GetInt64(),
        ProducerEpoch = batch.GetProperty("producerEpoch").GetInt16(),
        BaseSequence = batch.GetProperty("baseSequence").GetInt32(),
    };

    private static byte[] Encode(RecordHeader[] headers)
    {
        using MemoryStream stream = new();
        Span<byte> number = stackalloc byte[5];
        foreach (RecordHeader header in headers)
        {
            byte[] key = System.Text.Encoding.UTF8.GetBytes(header.Key);
            stream.Write(number[..Varint.WriteUnsigned(number, Varint.ZigZag(key.Length))]);
            stream.Write(key);
            stream.Write(number[..Varint.WriteUnsigned(number, Varint.ZigZag(header.Value is { } value ? value.Length : -1))]);
            stream.Write(header.Value.GetValueOrDefault().Span);
        }

        return stream.ToArray();
    }
}
