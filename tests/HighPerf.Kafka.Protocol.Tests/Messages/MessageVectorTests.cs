using System.Text.Json;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

public sealed class MessageVectorTests
{
    public static TheoryData<string> Names => [.. MessageVectors.MessageNames()];

    [Theory]
    [MemberData(nameof(Names))]
    public void Decoding_and_encoding_gives_the_same_bytes(string name)
    {
        MessageDescriptor descriptor = MessageCatalog.Find(name)!;
        int lines = 0;
        foreach (JsonElement line in MessageVectors.Lines($"messages/{name}.jsonl.gz"))
        {
            short version = line.GetProperty("version").GetInt16();
            byte[] bytes = Convert.FromHexString(line.GetProperty("hex").GetString()!);
            KafkaReader reader = new(bytes);
            IKafkaMessage message = descriptor.Read(ref reader, version);
            Assert.Equal(0, reader.Remaining);
            Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(Encode(message, version)));
            Assert.Equal(line.GetProperty("flexible").GetBoolean(), descriptor.IsFlexible(version));
            if (descriptor.HeaderVersion(version) is { } headerVersion)
            {
                Assert.Equal(line.GetProperty("headerVersion").GetInt16(), headerVersion);
                Assert.Equal(line.GetProperty("apiKey").GetInt16(), (short)descriptor.ApiKey!.Value);
            }

            lines++;
        }

        Assert.NotEqual(0, lines);
    }

    internal static byte[] Encode(IKafkaMessage message, short version)
    {
        byte[] bytes = new byte[message.GetSize(version)];
        KafkaWriter writer = new(bytes);
        message.Write(ref writer, version);
        Assert.Equal(bytes.Length, writer.Position);
        return bytes;
    }
}
