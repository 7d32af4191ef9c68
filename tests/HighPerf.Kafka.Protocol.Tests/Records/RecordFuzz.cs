using System.Diagnostics;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Protocol.Tests.Buffers;
using HighPerf.Kafka.Protocol.Tests.Compression;

namespace HighPerf.Kafka.Protocol.Tests.Records;

/// <summary>
/// Damaged record buffers that end at a guard page. The fast path must agree with the parser that has every check: the same records, or both refuse.
/// The normal run takes a fixed number of inputs; HPK_LONG=1 goes on for a minute per test.
/// </summary>
public sealed class RecordFuzz : IDisposable
{
    private const int LargestInput = 4096;
    private const int NormalInputs = 6000;

    private static readonly TimeSpan LongRun = TimeSpan.FromSeconds(60);

    private readonly GuardedMemory _guarded = new(LargestInput);
    private readonly BufferPool _pool = new();
    private readonly CompressionCodecs _codecs = new() { MaxDecompressedLength = 1 << 20 };

    public void Dispose() => ((IDisposable)_guarded).Dispose();

    [Fact]
    public void The_fast_path_reads_what_the_checked_parser_reads()
    {
        byte[][] seeds = [.. Seeds("none", "mixed").Where(static seed => (seed[RecordBatchHeader.ChecksummedFrom + 1] & 7) == 0)];
        int accepted = 0;
        Run((random, round) =>
        {
            byte[] seed = seeds[round % seeds.Length];
            RecordBatchHeader header = RecordBatchHeader.Read(seed) with { RecordCount = random.Next(1, 50) };
            byte[] damaged = Mutation.Of(seed[RecordBatchHeader.Size..], random, LargestInput);
            ReadOnlySpan<byte> body = _guarded.Hold(damaged);
            List<string> expected = ReadChecked(body, header);
            List<string> actual = ReadFast(body, header);
            Assert.Equal(expected, actual);
            accepted += actual.Count > 1 ? 1 : 0;
        });
        Assert.True(accepted > NormalInputs / 10, $"only {accepted} inputs had a record that was read");
    }

    [Fact]
    public void A_consumer_survives_anything_in_a_fetched_buffer()
    {
        byte[][] seeds = Seeds("none", "mixed", "gzip", "snappy", "lz4", "legacy");
        FetchedRecordsReader reader = new(_codecs);
        using PooledBuffer scratch = new(_pool);
        Run((random, round) =>
        {
            byte[] damaged = Mutation.Of(seeds[round % seeds.Length], random, LargestInput);
            _guarded.Hold(damaged);
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            reader.Reset(_guarded.Memory, random.Next(100), random.Next(2) == 0, [new(7, 3), new(1, 0)], verifyChecksums: random.Next(4) == 0);
            try
            {
                while (reader.TryReadBatch(out FetchedBatch batch))
                {
                    foreach (RecordView record in batch.GetRecords(_codecs, scratch))
                    {
                        Assert.True(record.Offset >= batch.FirstOffset);
                        Touch(record);
                    }
                }
            }
            catch (KafkaProtocolException)
            {
                // The only exception that damaged bytes may lead to.
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 8 << 20);
        });
    }

    [Fact]
    public void Random_records_are_read_as_they_were_written()
    {
        using PooledBuffer buffer = new(_pool);
        using PooledBuffer scratch = new(_pool);
        RecordBatchWriter writer = new(buffer);
        Run((random, _) =>
        {
            buffer.Reset();
            writer.Begin();
            List<string> expected = [];
            long time = random.NextInt64(-1, 1L << random.Next(1, 62));
            for (int count = random.Next(1, 30); count > 0; count--)
            {
                time += random.Next(3) == 0 ? random.NextInt64(-1L << random.Next(0, 60), 1L << random.Next(0, 60)) : 1;
                byte[]? key = RandomBytes(random);
                byte[]? value = RandomBytes(random);
                int headerCount = random.Next(8) == 0 ? 3 : 0;
                RecordHeader[] headers = [.. Enumerable.Range(0, headerCount).Select(i => new RecordHeader(new string('é', i), Memory(RandomBytes(random))))];
                expected.Add(Describe(writer.Append(time, key, value, headers), time, key, value, headers.Length));
            }

            writer.Seal().Stamp(new RecordBatchHeader());
            RecordBatchReader reader = new(Hold(buffer.WrittenSpan));
            Assert.True(reader.TryRead(out RecordBatchView batch));
            batch.EnsureChecksum();
            List<string> actual = [];
            foreach (RecordView record in batch.GetRecords(_codecs, scratch))
            {
                actual.Add(Describe(record));
            }

            Assert.Equal(expected, actual);
        });
    }

    private static void Run(Action<Random, int> one)
    {
        bool goOn = Environment.GetEnvironmentVariable("HPK_LONG") == "1";
        Stopwatch watch = Stopwatch.StartNew();
        for (int round = 0; round < NormalInputs || (goOn && watch.Elapsed < LongRun); round++)
        {
            // Every round has a seed of its own, so a failure is found again by its number.
            one(new Random(round), round);
        }
    }

    private static byte[][] Seeds(params string[] files) =>
    [
        .. files.SelectMany(file => Vectors.Read($"records/{file}.jsonl.gz"))
            .Select(static line => Vectors.Hex(line.GetProperty("hex")))
            .Where(static bytes => bytes.Length is > 61 and < 2000),
    ];

    private static ReadOnlyMemory<byte>? Memory(byte[]? bytes) => bytes is null ? null : bytes.AsMemory();

    private static byte[]? RandomBytes(Random random)
    {
        int length = random.Next(6) switch { 0 => -1, 1 => 0, 2 => random.Next(60, 70), 3 => random.Next(200), 4 => random.Next(16), _ => 8 };
        byte[]? bytes = length < 0 ? null : new byte[length];
        random.NextBytes(bytes ?? []);
        return bytes;
    }

    private static List<string> ReadChecked(ReadOnlySpan<byte> body, in RecordBatchHeader header)
    {
        List<string> records = [];
        int position = 0;
        try
        {
            for (int i = 0; i < header.RecordCount; i++)
            {
                RecordLayout layout = new RecordParser(body, position, i, header.BaseOffset).Parse();
                long timestamp = header.TimestampType == TimestampType.LogAppendTime ? header.MaxTimestamp : header.BaseTimestamp + layout.Timestamp;
                byte[]? key = layout.KeyLength < 0 ? null : body.Slice(layout.KeyPosition, layout.KeyLength).ToArray();
                byte[]? value = layout.ValueLength < 0 ? null : body.Slice(layout.ValuePosition, layout.ValueLength).ToArray();
                position = layout.End;
                if (i == header.RecordCount - 1 && position != body.Length)
                {
                    records.Add("refused");
                    return records;
                }

                records.Add(Describe(header.BaseOffset + layout.Offset, timestamp, key, value, layout.HeaderCount));
            }

            records.Add("end");
        }
        catch (KafkaProtocolException)
        {
            records.Add("refused");
        }

        return records;
    }

    private static List<string> ReadFast(ReadOnlySpan<byte> body, in RecordBatchHeader header)
    {
        List<string> records = [];
        try
        {
            foreach (RecordView record in new RecordEnumerator(body, header, long.MinValue))
            {
                records.Add(Describe(record));
            }

            records.Add("end");
        }
        catch (KafkaProtocolException)
        {
            records.Add("refused");
        }

        return records;
    }

    private static string Describe(RecordView record)
    {
        Touch(record);
        byte[]? key = record.IsKeyNull ? null : record.Key.ToArray();
        byte[]? value = record.IsValueNull ? null : record.Value.ToArray();
        return Describe(record.Offset, record.Timestamp, key, value, record.Headers.Count);
    }

    private static string Describe(long offset, long timestamp, byte[]? key, byte[]? value, int headers) =>
        $"{offset} {timestamp} {(key is null ? "null" : Convert.ToHexString(key))} {(value is null ? "null" : Convert.ToHexString(value))} {headers}";

    private static void Touch(RecordView record)
    {
        int sum = 0;
        foreach (byte b in record.Key)
        {
            sum += b;
        }

        foreach (byte b in record.Value)
        {
            sum += b;
        }

        foreach (RecordHeaderView header in record.Headers)
        {
            sum += header.KeyUtf8.Length + header.Value.Length;
        }

        Assert.True(sum >= 0);
    }

    private ReadOnlySpan<byte> Hold(ReadOnlySpan<byte> bytes) => bytes.Length <= LargestInput ? _guarded.Hold(bytes) : bytes;
}
