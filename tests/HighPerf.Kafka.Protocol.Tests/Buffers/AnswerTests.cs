using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Tests.Buffers;

/// <summary>Varints, UUIDs and hashes against the answers of the Java client.</summary>
public sealed class AnswerTests
{
    [Fact]
    public void Varints_are_written_and_read_as_the_vectors_say()
    {
        int count = 0;
        foreach (JsonElement line in Vectors.Read("answers/varints.jsonl.gz"))
        {
            count++;
            string type = line.GetProperty("type").GetString()!;
            byte[] bytes = Vectors.Hex(line.GetProperty("hex"));
            if (type.EndsWith("Read", StringComparison.Ordinal))
            {
                CheckRead(type, bytes, line);
                continue;
            }

            decimal value = ValueOf(line);
            Assert.Equal((value, bytes.Length), Read(type, bytes));
            Assert.Equal(bytes, Write(type, value));
        }

        Assert.Equal(1351, count);
    }

    [Fact]
    public void Uuids_are_written_and_read_as_the_vectors_say()
    {
        int count = 0;
        foreach (JsonElement line in Vectors.Read("answers/uuids.jsonl.gz"))
        {
            count++;
            byte[] bytes = Vectors.Hex(line.GetProperty("hex"));
            Guid uuid = new KafkaReader(bytes).ReadUuid();
            byte[] written = new byte[16];
            new KafkaWriter(written).WriteUuid(uuid);
            Assert.Equal(bytes, written);
            Assert.Equal(line.GetProperty("rfc4122").GetString(), uuid.ToString());
            Assert.Equal(line.GetProperty("text").GetString(), Base64Url.EncodeToString(written));
        }

        Assert.Equal(57, count);
    }

    [Fact]
    public void P17_Keys_are_hashed_and_partitioned_as_the_Java_client_does()
    {
        int count = 0;
        foreach (JsonElement line in Vectors.Read("answers/murmur2.jsonl.gz"))
        {
            count++;
            byte[] key = Vectors.Hex(line.GetProperty("key"));
            Assert.Equal(line.GetProperty("hash").GetInt32(), Murmur2.Hash(key));
            int partitions = 0;
            foreach (JsonElement partition in line.GetProperty("partitions").EnumerateArray())
            {
                Assert.Equal(partition.GetInt32(), Murmur2.PartitionOf(key, ++partitions));
            }
        }

        Assert.Equal(200, count);
    }

    [Fact]
    public void Unchecked_writing_gives_the_bytes_of_checked_writing()
    {
        byte[] expected = new byte[10];
        byte[] actual = new byte[10];
        for (int bit = 0; bit < 64; bit++)
        {
            foreach (ulong value in new[] { 1ul << bit, (1ul << bit) - 1, (1ul << bit) + 12345 })
            {
                int length = Varint.WriteUnsigned(expected, value);
                Assert.Equal(length, Varint.WriteUnchecked(ref actual[0], value));
                Assert.Equal(length, Varint.SizeOfUnsigned(value));
                Assert.Equal(expected.AsSpan(0, length), actual.AsSpan(0, length));
            }
        }
    }

    private static decimal ValueOf(JsonElement line)
    {
        JsonElement value = line.GetProperty("value");
        return value.ValueKind == JsonValueKind.String ? decimal.Parse(value.GetString()!, CultureInfo.InvariantCulture) : value.GetDecimal();
    }

    private static void CheckRead(string type, byte[] bytes, JsonElement line)
    {
        type = type[..^4];
        if (line.TryGetProperty("error", out _))
        {
            Assert.Throws<KafkaProtocolException>(() => Read(type, bytes));
        }
        else
        {
            Assert.Equal((ValueOf(line), line.GetProperty("bytesRead").GetInt32()), Read(type, bytes));
        }
    }

    private static (decimal Value, int Length) Read(string type, byte[] bytes)
    {
        KafkaReader reader = new(bytes);
        if (type == "unsignedVarlong")
        {
            int length = Varint.TryReadUnsigned(bytes, out ulong raw);
            return (raw, length);
        }

        decimal value = type switch
        {
            "varint" => reader.ReadVarint(),
            "unsignedVarint" => reader.ReadUnsignedVarint(),
            "varlong" => reader.ReadVarlong(),
            _ => throw new InvalidOperationException(type),
        };
        return (value, reader.Position);
    }

    private static byte[] Write(string type, decimal value)
    {
        byte[] bytes = new byte[10];
        KafkaWriter writer = new(bytes);
        switch (type)
        {
            case "varint":
                writer.WriteVarint((int)value);
                Assert.Equal(Varint.SizeOf((int)value), writer.Position);
                return bytes[..writer.Position];
            case "unsignedVarint":
                writer.WriteUnsignedVarint((uint)value);
                Assert.Equal(Varint.SizeOfUnsigned((uint)value), writer.Position);
                return bytes[..writer.Position];
            case "varlong":
                writer.WriteVarlong((long)value);
                Assert.Equal(Varint.SizeOf((long)value), writer.Position);
                return bytes[..writer.Position];
            default:
                return bytes[..Varint.WriteUnsigned(bytes, (ulong)value)];
        }
    }
}
