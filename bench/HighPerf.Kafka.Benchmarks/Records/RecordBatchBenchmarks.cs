using BenchmarkDotNet.Attributes;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Benchmarks.Records;

/// <summary>Per record of 100 bytes (key of 8 and value of 92), in batches of a thousand.</summary>
public class RecordBatchBenchmarks
{
    private const int Count = 1000;

    private readonly BufferPool _pool = new();
    private readonly CompressionCodecs _codecs = new();
    private readonly byte[] _key = new byte[8];
    private readonly byte[] _value = new byte[92];
    private PooledBuffer _batch = null!;
    private PooledBuffer _built = null!;
    private RecordBatchWriter _writer = null!;

    [GlobalSetup]
    public void SetUp()
    {
        Random random = new(1);
        random.NextBytes(_key);
        random.NextBytes(_value);
        _batch = new PooledBuffer(_pool, 1 << 20);
        _built = new PooledBuffer(_pool, 1 << 20);
        Fill(new RecordBatchWriter(_batch)).Stamp(new RecordBatchHeader());
        _writer = new RecordBatchWriter(_built);
    }

    /// <summary>Appends alone: what a producer does per record.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public int Append()
    {
        _built.Reset();
        _writer.Begin();
        for (int i = 0; i < Count; i++)
        {
            _writer.Append(1_700_000_000_000 + (i / 10), (ReadOnlySpan<byte>)_key, (ReadOnlySpan<byte>)_value);
        }

        return _writer.Length;
    }

    /// <summary>With checksum and header.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public uint Build()
    {
        _built.Reset();
        return Fill(_writer).Stamp(new RecordBatchHeader()).Crc;
    }

    /// <summary>Every record's key and value are looked at.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public long Iterate()
    {
        RecordBatchReader reader = new(_batch.WrittenSpan);
        long sum = 0;
        while (reader.TryRead(out RecordBatchView batch))
        {
            foreach (RecordView record in batch.GetRecords(_codecs, _built))
            {
                sum += record.Offset + record.Key[0] + record.Value[^1];
            }
        }

        return sum;
    }

    /// <summary>The same after the checksum has been verified.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public long VerifyAndIterate()
    {
        RecordBatchReader reader = new(_batch.WrittenSpan);
        long sum = 0;
        while (reader.TryRead(out RecordBatchView batch))
        {
            batch.EnsureChecksum();
            foreach (RecordView record in batch.GetRecords(_codecs, _built))
            {
                sum += record.Offset + record.Key[0] + record.Value[^1];
            }
        }

        return sum;
    }

    private SealedRecordBatch Fill(RecordBatchWriter writer)
    {
        writer.Begin();
        for (int i = 0; i < Count; i++)
        {
            writer.Append(1_700_000_000_000 + (i / 10), (ReadOnlySpan<byte>)_key, (ReadOnlySpan<byte>)_value);
        }

        return writer.Seal();
    }
}
