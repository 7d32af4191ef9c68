using System.Text.Json;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Cli.Wire;

/// <summary>
/// Record batches as JSON: <c>{"batches":[…],"trailingBytes":n}</c>, with <c>"error"</c> where the bytes are malformed; then what was read before
/// the error is in <c>batches</c>. Not thread-safe: it owns the buffer that compressed batches are decompressed into.
/// </summary>
internal sealed class RecordsJson : IDisposable
{
    private readonly CompressionCodecs _codecs;
    private readonly PooledBuffer _scratch;

    public RecordsJson(CompressionCodecs codecs, BufferPool pool)
    {
        _codecs = codecs;
        _scratch = new PooledBuffer(pool);
    }

    /// <summary>Writes one object for the record batches in <paramref name="buffer"/>.</summary>
    /// <returns>Whether the buffer was well-formed. Wrong checksums are shown (<c>valid</c>) and do not count.</returns>
    public bool Write(ReadOnlySpan<byte> buffer, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        bool isWellFormed = WriteMembers(buffer, json);
        json.WriteEndObject();
        return isWellFormed;
    }

    /// <summary>Writes the members alone, into an object that the caller has begun.</summary>
    public bool WriteMembers(ReadOnlySpan<byte> buffer, Utf8JsonWriter json)
    {
        RecordBatchReader reader = new(buffer);
        string? error = null;
        json.WriteStartArray("batches");
        try
        {
            while (error is null && reader.TryRead(out RecordBatchView batch))
            {
                error = WriteBatch(batch, json);
            }
        }
        catch (KafkaProtocolException e)
        {
            error = e.Message;
        }

        json.WriteEndArray();
        json.WriteNumber("trailingBytes", reader.Remaining);
        if (error is not null)
        {
            json.WriteString("error", error);
        }

        return error is null;
    }

    public void Dispose() => _scratch.Dispose();

    private static string NameOf(CompressionType compression) => compression switch
    {
        CompressionType.None => "none",
        CompressionType.Gzip => "gzip",
        CompressionType.Snappy => "snappy",
        CompressionType.Lz4 => "lz4",
        CompressionType.Zstd => "zstd",
        _ => $"unknown ({(int)compression})",
    };

    private static string NameOf(TimestampType type) => type switch
    {
        TimestampType.LogAppendTime => "LogAppendTime",
        TimestampType.CreateTime => "CreateTime",
        _ => "NoTimestampType",
    };

    private static void WriteBatchFields(in RecordBatchHeader header, Utf8JsonWriter json)
    {
        json.WriteNumber("batchLength", header.BatchLength);
        json.WriteNumber("partitionLeaderEpoch", header.PartitionLeaderEpoch);
        json.WriteNumber("crc", header.Crc);
        json.WriteNumber("attributes", header.Attributes);
        json.WriteString("compression", NameOf(header.Compression));
        json.WriteString("timestampType", NameOf(header.TimestampType));
        json.WriteBoolean("isTransactional", header.IsTransactional);
        json.WriteBoolean("isControl", header.IsControl);
        if (header.HasDeleteHorizon)
        {
            json.WriteNumber("deleteHorizonMs", header.BaseTimestamp);
        }
        else
        {
            json.WriteNull("deleteHorizonMs");
        }

        json.WriteNumber("lastOffsetDelta", header.LastOffsetDelta);
        json.WriteNumber("lastOffset", header.LastOffset);
        json.WriteNumber("baseTimestamp", header.BaseTimestamp);
        json.WriteNumber("maxTimestamp", header.MaxTimestamp);
        json.WriteNumber("producerId", header.ProducerId);
        json.WriteNumber("producerEpoch", header.ProducerEpoch);
        json.WriteNumber("baseSequence", header.BaseSequence);
        json.WriteNumber("lastSequence", header.LastSequence);
        json.WriteNumber("recordCount", header.RecordCount);
    }

    private static void WriteLegacyFields(in RecordBatchHeader header, Utf8JsonWriter json)
    {
        json.WriteNumber("messageSize", header.BatchLength);
        json.WriteNumber("crc", header.Crc);
        json.WriteNumber("attributes", header.Attributes);
        json.WriteString("compression", NameOf(header.Compression));
        json.WriteString("timestampType", NameOf(header.TimestampType));
        if (header.Magic == 1)
        {
            json.WriteNumber("timestamp", header.MaxTimestamp);
        }
    }

    private static void WriteRecord(in RecordBatchHeader header, RecordView record, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("offset", record.Offset);
        json.WriteNumber("timestamp", record.Timestamp);
        if (header.HasProducerId)
        {
            int delta = (int)(record.Offset - header.BaseOffset);
            json.WriteNumber("sequence", header.BaseSequence < 0 ? -1 : RecordBatchHeader.AddToSequence(header.BaseSequence, delta));
        }

        WriteBytes("key", record.Key, record.IsKeyNull, json);
        WriteBytes("value", record.Value, record.IsValueNull, json);
        json.WriteStartArray("headers");
        foreach (RecordHeaderView recordHeader in record.Headers)
        {
            json.WriteStartObject();
            json.WriteString("key", recordHeader.Key);
            WriteBytes("value", recordHeader.Value, recordHeader.IsValueNull, json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (header.IsControl)
        {
            WriteControlFields(record, json);
        }

        json.WriteEndObject();
    }

    private static void WriteControlFields(RecordView record, Utf8JsonWriter json)
    {
        ControlRecord control;
        try
        {
            control = ControlRecord.Read(record);
        }
        catch (KafkaProtocolException e)
        {
            json.WriteString("controlError", e.Message);
            return;
        }

        json.WriteNumber("controlKeyVersion", control.KeyVersion);
        json.WriteNumber("controlType", (short)control.Type);
        if (control.IsTransactionEnd)
        {
            json.WriteNumber("controlValueVersion", control.ValueVersion);
            json.WriteNumber("coordinatorEpoch", control.CoordinatorEpoch);
        }
    }

    private static void WriteBytes(string name, ReadOnlySpan<byte> bytes, bool isNull, Utf8JsonWriter json)
    {
        if (isNull)
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteString(name, Convert.ToHexStringLower(bytes));
        }
    }

    private string? WriteBatch(scoped in RecordBatchView batch, Utf8JsonWriter json)
    {
        RecordBatchHeader header = batch.Header;
        bool isValid = batch.IsChecksumValid;
        json.WriteStartObject();
        json.WriteNumber("position", batch.Position);
        json.WriteNumber("sizeInBytes", batch.Bytes.Length);
        json.WriteNumber("magic", header.Magic);
        json.WriteBoolean("valid", isValid);
        json.WriteNumber("baseOffset", header.BaseOffset);
        if (header.Magic >= 2)
        {
            WriteBatchFields(header, json);
        }
        else
        {
            WriteLegacyFields(header, json);
        }

        string? error = null;
        if (isValid)
        {
            error = WriteRecords(batch, json);
        }
        else
        {
            json.WriteNull("records");
        }

        json.WriteEndObject();
        return error;
    }

    private string? WriteRecords(scoped in RecordBatchView batch, Utf8JsonWriter json)
    {
        string? error = null;
        json.WriteStartArray("records");
        try
        {
            foreach (RecordView record in batch.GetRecords(_codecs, _scratch))
            {
                WriteRecord(batch.Header, record, json);
            }
        }
        catch (KafkaProtocolException e)
        {
            error = e.Message;
        }

        json.WriteEndArray();
        return error;
    }
}
