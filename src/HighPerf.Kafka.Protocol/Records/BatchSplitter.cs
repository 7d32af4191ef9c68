using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;

namespace HighPerf.Kafka.Protocol.Records;

/// <summary>
/// Takes the records of a sealed batch and makes batches of some of them: of a part of a batch that was too large (KIP-126), of what is left of one with
/// refused records (KIP-467). Records keep everything but their offset deltas, which begin at 0 in each new batch. The sealed batch is left as it is.
/// One owner at a time, not thread-safe.
/// </summary>
internal sealed class BatchSplitter : IDisposable
{
    private readonly CompressionCodecs _codecs;
    private readonly PooledBuffer _gathered;
    private readonly PooledBuffer _plain;
    private readonly PooledBuffer _scratch;
    private RecordBatchHeader _header;

    public BatchSplitter(BufferPool pool, CompressionCodecs codecs)
    {
        _codecs = codecs;
        _gathered = new PooledBuffer(pool);
        _plain = new PooledBuffer(pool);
        _scratch = new PooledBuffer(pool);
    }

    /// <summary>The records one after another, not compressed.</summary>
    private ReadOnlySpan<byte> Records =>
        _header.Compression == CompressionType.None ? _gathered.WrittenSpan[RecordBatchHeader.Size..] : _plain.WrittenSpan;

    /// <summary>Reads a sealed batch; its bytes are copied.</summary>
    /// <param name="segments">The batch; the first segment begins with the header, of which nothing needs to be stamped.</param>
    public void Open(IReadOnlyList<ArraySegment<byte>> segments, in SealedRecords records)
    {
        _header = new RecordBatchHeader
        {
            Magic = 2,
            Attributes = (short)records.Compression,
            RecordCount = records.RecordCount,
            LastOffsetDelta = records.LastOffsetDelta,
            BaseTimestamp = records.BaseTimestamp,
            MaxTimestamp = records.MaxTimestamp,
        };
        _gathered.Reset();
        foreach (ArraySegment<byte> segment in segments)
        {
            _gathered.Write(segment);
        }

        if (records.Compression != CompressionType.None)
        {
            _plain.Reset();
            _codecs.Get(records.Compression).Decompress(_gathered.WrittenSpan[RecordBatchHeader.Size..], _plain, _codecs.MaxDecompressedLength);
        }
    }

    /// <summary>How many records make the first half, by their bytes. At least one and not all of them; there must be two or more.</summary>
    public int CountOfFirstHalf()
    {
        long total = 0;
        foreach (RecordView record in new RecordEnumerator(Records, _header, long.MinValue))
        {
            total += SizeOf(record);
        }

        long taken = 0;
        int count = 0;
        foreach (RecordView record in new RecordEnumerator(Records, _header, long.MinValue))
        {
            taken += SizeOf(record);
            if (count > 0 && taken > total / 2)
            {
                break;
            }

            count++;
        }

        return Math.Min(count, _header.RecordCount - 1);
    }

    // What a record takes beside its content is about the same for all.
    private static int SizeOf(RecordView record) => 8 + record.Key.Length + record.Value.Length + record.Headers.Encoded.Length;

    /// <summary>Makes a batch of some records.</summary>
    /// <param name="first">The number of the first one.</param>
    /// <param name="count">How many numbers.</param>
    /// <param name="leftOut">For each record of the whole batch whether it is left out; empty: none is.</param>
    /// <param name="codec">Null: the batch is not compressed. Nor is it when that would not make it smaller.</param>
    /// <param name="destination">Emptied; the batch stands there, its header still to be stamped.</param>
    public SealedRecordBatch Copy(int first, int count, ReadOnlySpan<bool> leftOut, CompressionCodec? codec, int level, PooledBuffer destination)
    {
        destination.Reset();
        RecordBatchWriter writer = new(destination);
        writer.Begin();
        int index = 0;
        foreach (RecordView record in new RecordEnumerator(Records, _header, long.MinValue))
        {
            if (index >= first + count)
            {
                break;
            }

            if (index >= first && (leftOut.IsEmpty || !leftOut[index]))
            {
                NullableBytes key = record.IsKeyNull ? NullableBytes.Null : record.Key;
                NullableBytes value = record.IsValueNull ? NullableBytes.Null : record.Value;
                writer.Append(record.Timestamp, key, value, record.Headers);
            }

            index++;
        }

        if (codec is not null)
        {
            _scratch.Reset();
            SealedRecordBatch compressed = writer.Seal(codec, level, _scratch);
            if (compressed.Length < writer.Length)
            {
                destination.Reset();
                destination.Write(_scratch.WrittenSpan);
                return compressed with { Buffer = destination };
            }
        }

        return writer.Seal();
    }

    public void Dispose()
    {
        _gathered.Dispose();
        _plain.Dispose();
        _scratch.Dispose();
    }
}
