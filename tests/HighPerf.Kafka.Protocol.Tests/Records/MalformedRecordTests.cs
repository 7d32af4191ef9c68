using System.Text.Json;
using HighPerf.Kafka.Cli.Wire;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Protocol.Tests.Buffers;

namespace HighPerf.Kafka.Protocol.Tests.Records;

public sealed class MalformedRecordTests
{
    private readonly BufferPool _pool = new();

    [Fact]
    public void F14_What_the_Java_client_refuses_is_refused_and_what_it_accepts_is_read()
    {
        CompressionCodecs codecs = new();
        int count = 0;
        foreach (JsonElement line in Vectors.Read("records/malformed.jsonl.gz"))
        {
            count++;
            string name = line.GetProperty("name").GetString()!;
            int records = 0;
            string? error = Read(Vectors.Hex(line.GetProperty("hex")), codecs, ref records);
            bool isRefused = line.GetProperty("javaError").ValueKind != JsonValueKind.Null;
            Assert.True(isRefused == (error is not null), $"{name}: {error ?? "accepted"}");

            // A cut gzip stream gives the Java client what it holds until then; here a batch is decompressed as a whole.
            Assert.Equal(name == "compression-1-cut" ? 0 : line.GetProperty("recordsRead").GetInt32(), records);
        }

        Assert.Equal(35, count);
    }

    [Fact]
    public void Malformed_buffers_become_an_error_in_the_JSON_beside_what_was_read_before()
    {
        using RecordsJson converter = new(new CompressionCodecs(), _pool);
        foreach (JsonElement line in Vectors.Read("records/malformed.jsonl.gz"))
        {
            using MemoryStream stream = new();
            using (Utf8JsonWriter json = new(stream))
            {
                bool isWellFormed = converter.Write(Vectors.Hex(line.GetProperty("hex")), json);
                Assert.Equal(line.GetProperty("javaError").ValueKind == JsonValueKind.Null, isWellFormed);
            }

            JsonElement result = JsonDocument.Parse(stream.ToArray()).RootElement;
            Assert.Equal(line.GetProperty("javaError").ValueKind != JsonValueKind.Null, result.TryGetProperty("error", out _));
            if (line.GetProperty("name").GetString() == "record-count-too-high")
            {
                Assert.Equal(2, result.GetProperty("batches")[0].GetProperty("records").GetArrayLength());
                Assert.Contains("Record 2 of the batch at offset 5", result.GetProperty("error").GetString());
            }
        }
    }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    [InlineData("mixed")]
    [InlineData("legacy")]
    public void Every_prefix_is_read_or_refused(string file)
    {
        CompressionCodecs codecs = new();
        foreach (byte[] sample in Samples(file))
        {
            for (int length = 0; length < sample.Length; length++)
            {
                int records = 0;
                Read(sample[..length], codecs, ref records, verifyChecksums: false);
            }
        }
    }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    [InlineData("mixed")]
    [InlineData("legacy")]
    public void Every_byte_may_be_wrong_without_any_other_exception_or_an_absurd_allocation(string file)
    {
        CompressionCodecs codecs = new() { MaxDecompressedLength = 1 << 20 };
        foreach (byte[] sample in Samples(file))
        {
            byte[] damaged = (byte[])sample.Clone();
            for (int i = 0; i < sample.Length; i++)
            {
                foreach (byte value in new[] { (byte)~sample[i], (byte)(sample[i] ^ 1), (byte)(sample[i] ^ 0x80), (byte)0, (byte)0x7f })
                {
                    damaged[i] = value;
                    int records = 0;
                    Read(damaged, codecs, ref records, verifyChecksums: false);
                    Assert.True(records <= 1 << 20);
                }

                damaged[i] = sample[i];
            }
        }

        Assert.Equal(0, _pool.OutstandingBuffers);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("legacy")]
    public void With_checksums_every_single_wrong_byte_behind_them_is_seen(string file)
    {
        CompressionCodecs codecs = new();
        foreach (byte[] sample in Samples(file).Take(4))
        {
            int from = sample[RecordBatchHeader.MagicPosition] == 2 ? RecordBatchHeader.CrcPosition : RecordBatchHeader.MagicPosition;
            RecordBatchReader reader = new(sample);
            Assert.True(reader.TryRead(out RecordBatchView batch));
            for (int i = from; i < batch.Bytes.Length; i++)
            {
                byte[] damaged = (byte[])sample.Clone();
                damaged[i] ^= 0x10;
                int records = 0;
                Assert.NotNull(Read(damaged, codecs, ref records));
            }
        }
    }

    private static IEnumerable<byte[]> Samples(string file) => Vectors.Read($"records/{file}.jsonl.gz")
        .Select(line => Vectors.Hex(line.GetProperty("hex")))
        .Where(bytes => bytes.Length is > 60 and < 500)
        .Take(10);

    private string? Read(byte[] bytes, CompressionCodecs codecs, ref int records, bool verifyChecksums = true)
    {
        using PooledBuffer scratch = new(_pool);
        try
        {
            RecordBatchReader reader = new(bytes);
            while (reader.TryRead(out RecordBatchView batch))
            {
                if (verifyChecksums)
                {
                    batch.EnsureChecksum();
                }

                foreach (RecordView record in batch.GetRecords(codecs, scratch))
                {
                    records++;
                    int length = record.Key.Length + record.Value.Length;
                    foreach (RecordHeaderView header in record.Headers)
                    {
                        length += header.KeyUtf8.Length + header.Value.Length;
                    }

                    Assert.True(length <= Math.Max(bytes.Length, scratch.Length));
                }
            }

            return null;
        }
        catch (KafkaProtocolException e)
        {
            Assert.False(string.IsNullOrWhiteSpace(e.Message));
            return e.Message;
        }
    }
}
