using System.Text.Json;
using HighPerf.Kafka.Cli.Wire;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Protocol.Tests.Buffers;

namespace HighPerf.Kafka.Protocol.Tests.Records;

public sealed class RecordVectorTests
{
    private readonly BufferPool _pool = new();

    [Theory]
    [InlineData("none", 84)]
    [InlineData("gzip", 84)]
    [InlineData("snappy", 84)]
    [InlineData("lz4", 83)]
    [InlineData("zstd", 84)]
    [InlineData("legacy", 61)]
    public void Every_batch_of_the_vectors_is_read_as_they_say(string file, int lines)
    {
        using RecordsJson converter = new(new CompressionCodecs(), _pool);
        int count = 0;
        foreach (JsonElement line in Vectors.Read($"records/{file}.jsonl.gz"))
        {
            count++;
            JsonElement actual = Convert(converter, Vectors.Hex(line.GetProperty("hex")), out bool isWellFormed);
            string name = line.GetProperty("name").GetString()!;
            Assert.True(isWellFormed, $"{name}: {actual}");
            JsonAssert.Equal(line.GetProperty("batches"), actual.GetProperty("batches"), name);
            Assert.Equal(line.GetProperty("trailingBytes").GetInt32(), actual.GetProperty("trailingBytes").GetInt32());
        }

        Assert.Equal(lines, count);
    }

    [Theory]
    [InlineData("none", 44)]
    [InlineData("mixed", 1)]
    public void What_a_producer_can_write_is_written_to_the_same_bytes(string file, int lines)
    {
        using PooledBuffer buffer = new(_pool);
        int count = 0;
        foreach (JsonElement line in Vectors.Read($"records/{file}.jsonl.gz"))
        {
            if (line.GetProperty("encodable").GetBoolean() && line.GetProperty("producerStyle").GetBoolean())
            {
                count++;
                BatchFromJson.WriteAll(line.GetProperty("batches"), buffer, asProducer: true);
                Assert.True(buffer.WrittenSpan.SequenceEqual(Vectors.Hex(line.GetProperty("hex"))), line.GetProperty("name").GetString());
            }
        }

        Assert.Equal(lines, count);
    }

    [Theory]
    [InlineData("none", 50)]
    [InlineData("mixed", 8)]
    public void Every_description_that_determines_the_bytes_is_written_to_them(string file, int lines)
    {
        using PooledBuffer buffer = new(_pool);
        int count = 0;
        foreach (JsonElement line in Vectors.Read($"records/{file}.jsonl.gz"))
        {
            if (line.GetProperty("encodable").GetBoolean() && !line.GetProperty("batches").EnumerateArray().Any(IsLogAppendTime))
            {
                count++;
                BatchFromJson.WriteAll(line.GetProperty("batches"), buffer, asProducer: false);
                Assert.True(buffer.WrittenSpan.SequenceEqual(Vectors.Hex(line.GetProperty("hex"))), line.GetProperty("name").GetString());
            }
        }

        Assert.Equal(lines, count);
    }

    /// <summary>The records' own times, which are still in the bytes, are not in the description then.</summary>
    private static bool IsLogAppendTime(JsonElement batch) => batch.GetProperty("timestampType").GetString() == "LogAppendTime";

    private static JsonElement Convert(RecordsJson converter, byte[] bytes, out bool isWellFormed)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            isWellFormed = converter.Write(bytes, json);
        }

        return JsonDocument.Parse(stream.ToArray()).RootElement;
    }
}
