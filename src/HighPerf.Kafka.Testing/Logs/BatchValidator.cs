using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Logs;

/// <summary>
/// What the leader checks of a produced batch before it stores it: size, checksum, header, then record by record. It changes what a broker changes: a wrong
/// maximal timestamp, and the compression when the topic has one of its own. Owner: the cluster's loop.
/// </summary>
internal sealed class BatchValidator
{
    /// <summary>How many records' errors are put into words; the client needs the first few.</summary>
    private const int MostErrors = 100;

    private readonly BufferPool _pool;
    private readonly CompressionCodecs _codecs;

    /// <summary>For decompressed records. The cluster's.</summary>
    private readonly PooledBuffer _scratch;

    /// <summary>For a batch that is made anew.</summary>
    private readonly PooledBuffer _rewritten;

    public BatchValidator(EmbeddedCluster cluster)
    {
        _pool = cluster.Buffers;
        _codecs = cluster.Codecs;
        _scratch = cluster.Scratch;
        _rewritten = new PooledBuffer(_pool);
    }

    /// <summary>Judges a batch whose framing was checked.</summary>
    public ErrorCode Validate(ReadOnlySpan<byte> records, TopicConfig config, long nowMs, out CheckedBatch batch)
    {
        batch = new CheckedBatch { Bytes = records };
        ErrorCode error = CheckFrame(ref batch, config);
        if (error == ErrorCode.None)
        {
            error = CheckHeader(ref batch);
        }

        return error == ErrorCode.None ? CheckRecords(ref batch, config, nowMs) : error;
    }

    /// <summary>Lets go of the bytes of the latest batch.</summary>
    public void Release() => _rewritten.Dispose();

    private static ErrorCode CheckFrame(ref CheckedBatch batch, TopicConfig config)
    {
        if (batch.Bytes.Length < RecordBatchHeader.Size)
        {
            batch.Message = $"The {batch.Bytes.Length} bytes of the record batch are less than its header.";
            return ErrorCode.CorruptMessage;
        }

        batch.Header = RecordBatchHeader.Read(batch.Bytes);
        if (batch.Header.BaseOffset != 0)
        {
            batch.Message = $"The base offset of a produced batch is 0, not {batch.Header.BaseOffset}.";
            return ErrorCode.InvalidRecord;
        }

        if (batch.Bytes.Length > config.MaxMessageBytes)
        {
            batch.Message = $"The record batch is {batch.Bytes.Length} bytes; the topic takes {config.MaxMessageBytes}.";
            return ErrorCode.MessageTooLarge;
        }

        if (Crc32C.Compute(batch.Bytes[RecordBatchHeader.ChecksummedFrom..]) != batch.Header.Crc)
        {
            batch.Message = $"The checksum of the record batch is not {batch.Header.Crc:x8}.";
            return ErrorCode.CorruptMessage;
        }

        if (batch.Header.Compression > CompressionType.Zstd)
        {
            // Apache Kafka fails over it without a code of its own.
            batch.Message = $"The compression {(byte)batch.Header.Compression} is unknown.";
            return ErrorCode.UnknownServerError;
        }

        return ErrorCode.None;
    }

    private static ErrorCode CheckHeader(ref CheckedBatch batch)
    {
        RecordBatchHeader header = batch.Header;
        if (header.RecordCount <= 0 || header.LastOffsetDelta != header.RecordCount - 1)
        {
            batch.Message = $"The record batch says that it has {header.RecordCount} records and that the last one is number {header.LastOffsetDelta}.";
        }
        else if (header.IsControl)
        {
            batch.Message = "Clients do not write control batches.";
        }
        else if (header.HasProducerId && (header.BaseSequence < 0 || header.ProducerEpoch < 0))
        {
            batch.Message = $"The record batch of producer {header.ProducerId} has epoch {header.ProducerEpoch} and sequence number {header.BaseSequence}.";
        }

        return batch.Message is null ? ErrorCode.None : ErrorCode.InvalidRecord;
    }

    private ErrorCode CheckRecords(ref CheckedBatch batch, TopicConfig config, long nowMs)
    {
        ReadOnlySpan<byte> body = batch.Bytes[RecordBatchHeader.Size..];
        if (batch.Header.Compression != CompressionType.None)
        {
            try
            {
                _scratch.Reset();
                _codecs.Get(batch.Header.Compression).Decompress(body, _scratch, _codecs.MaxDecompressedLength);
                body = _scratch.WrittenSpan;
            }
            catch (KafkaProtocolException error)
            {
                // Apache Kafka fails over it without a code of its own.
                batch.Message = $"The records cannot be decompressed: {error.Message}";
                return ErrorCode.UnknownServerError;
            }
        }

        RecordRules rules = new(batch.Header, config, nowMs);
        long maxTimestamp;
        try
        {
            bool holds = rules.Holds(new RecordEnumerator(body, batch.Header, long.MinValue), out maxTimestamp);
            ErrorCode error = holds ? ErrorCode.None : LookCloser(ref batch, rules, body);
            if (error != ErrorCode.None)
            {
                return error;
            }
        }
        catch (KafkaProtocolException error)
        {
            batch.Message = error.Message;
            return ErrorCode.InvalidRecord;
        }

        Restamp(ref batch, config, maxTimestamp);
        return Recompress(ref batch, config, body);
    }

    /// <summary>The slow walk, which finds out which records are not as they should be.</summary>
    private static ErrorCode LookCloser(ref CheckedBatch batch, in RecordRules rules, ReadOnlySpan<byte> body)
    {
        List<RecordError> errors = [];
        ErrorCode result = ErrorCode.InvalidRecord;
        int index = 0;
        foreach (RecordView record in new RecordEnumerator(body, batch.Header, long.MinValue))
        {
            ErrorCode error = rules.Check(record, index, out string? message);
            if (error != ErrorCode.None && errors.Count < MostErrors)
            {
                errors.Add(new RecordError(index, message!));
            }

            result = error == ErrorCode.InvalidTimestamp ? error : result;
            index++;
        }

        if (errors.Count == 0)
        {
            return ErrorCode.None;
        }

        batch.RecordErrors = errors;
        batch.Message = result == ErrorCode.InvalidTimestamp
            ? "The timestamps of one or more records are not as the topic wants them."
            : $"{errors.Count} records are refused; the first one is number {errors[0].Index}: {errors[0].Message}";
        return result;
    }

    /// <summary>A header that lies about the times of its records is set right. Where the broker's clock is the records' time, the log stamps it.</summary>
    private void Restamp(ref CheckedBatch batch, TopicConfig config, long maxTimestamp)
    {
        if (config.LogAppendTime || (batch.Header.MaxTimestamp == maxTimestamp && batch.Header.TimestampType == TimestampType.CreateTime))
        {
            return;
        }

        _rewritten.Reset();
        _rewritten.Write(batch.Bytes);
        batch.Header = batch.Header with
        {
            MaxTimestamp = maxTimestamp,
            Attributes = (short)(batch.Header.Attributes & ~RecordBatchHeader.LogAppendTimeFlag),
        };
        batch.Header = batch.Header.WriteChecksummed(_rewritten.MutableSpan, Crc32C.Compute(batch.Bytes[RecordBatchHeader.Size..]));
        batch.Bytes = _rewritten.WrittenSpan;
    }

    /// <summary>Makes the batch anew in the compression of the topic, when that is not the producer's choice.</summary>
    private ErrorCode Recompress(ref CheckedBatch batch, TopicConfig config, ReadOnlySpan<byte> body)
    {
        CompressionType target = config.CompressionType switch
        {
            "uncompressed" => CompressionType.None,
            "gzip" => CompressionType.Gzip,
            "snappy" => CompressionType.Snappy,
            "lz4" => CompressionType.Lz4,
            "zstd" => CompressionType.Zstd,
            _ => batch.Header.Compression,
        };
        if (target == batch.Header.Compression)
        {
            return ErrorCode.None;
        }

        using PooledBuffer plain = new(_pool);
        RecordBatchWriter writer = new(plain);
        writer.Begin();
        foreach (RecordView record in new RecordEnumerator(body, batch.Header, long.MinValue))
        {
            NullableBytes key = record.IsKeyNull ? NullableBytes.Null : record.Key;
            NullableBytes value = record.IsValueNull ? NullableBytes.Null : record.Value;
            writer.Append(record.Timestamp, key, value, record.Headers);
        }

        _rewritten.Reset();
        SealedRecordBatch made;
        if (target == CompressionType.None)
        {
            made = writer.Seal();
            made.Stamp(batch.Header);
            _rewritten.Write(made.Bytes);
        }
        else
        {
            CompressionCodec codec = _codecs.Get(target);
            made = writer.Seal(codec, codec.DefaultLevel, _rewritten);
            made.Stamp(batch.Header);
        }

        batch.Bytes = _rewritten.WrittenSpan;
        batch.Header = RecordBatchHeader.Read(batch.Bytes);
        if (batch.Bytes.Length <= config.MaxMessageBytes)
        {
            return ErrorCode.None;
        }

        batch.Message = $"The record batch is {batch.Bytes.Length} bytes in the topic's compression; the topic takes {config.MaxMessageBytes}.";
        return ErrorCode.MessageTooLarge;
    }
}
