using System.Buffers;
using System.Text.Json;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Json;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

public sealed class MessageVectorTests
{
    public static TheoryData<string> Names => [.. MessageVectors.MessageNames()];

    [Theory]
    [MemberData(nameof(Names))]
    public void Decoding_and_encoding_gives_the_same_bytes(string name)
    {
        MessageDescriptor descriptor = MessageCatalog.Find(name)!;
        Assert.All(MessageVectors.Lines($"messages/{name}.jsonl.gz"), line =>
        {
            short version = line.GetProperty("version").GetInt16();
            IKafkaMessage message = Decode(descriptor, version, Hex(line, "hex"));

            Assert.Equal(line.GetProperty("hex").GetString(), EncodeToHex(message, version));
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Decoding_gives_the_json(string name)
    {
        MessageDescriptor descriptor = MessageCatalog.Find(name)!;
        Assert.All(MessageVectors.Lines($"messages/{name}.jsonl.gz"), line =>
        {
            short version = line.GetProperty("version").GetInt16();
            AssertJson(line.GetProperty("json"), ToJson(descriptor, Decode(descriptor, version, Hex(line, "hex")), version));
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Encoding_the_json_gives_the_bytes(string name)
    {
        MessageDescriptor descriptor = MessageCatalog.Find(name)!;
        Assert.All(MessageVectors.Lines($"messages/{name}.jsonl.gz"), line =>
        {
            short version = line.GetProperty("version").GetInt16();
            IKafkaMessage message = MessageJson.Read(line.GetProperty("json"), descriptor, version);

            // The JSON shows no unknown tagged fields.
            string property = line.TryGetProperty("hexWithoutUnknownTags", out _) ? "hexWithoutUnknownTags" : "hex";
            Assert.Equal(line.GetProperty(property).GetString(), EncodeToHex(message, version));
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_descriptor_says_what_the_vectors_say(string name)
    {
        MessageDescriptor descriptor = MessageCatalog.Find(name)!;
        Assert.Equal(name, descriptor.Name);
        Assert.All(MessageVectors.Lines($"messages/{name}.jsonl.gz"), line =>
        {
            short version = line.GetProperty("version").GetInt16();
            Assert.True(descriptor.HasVersion(version));
            Assert.Equal(line.GetProperty("flexible").GetBoolean(), descriptor.IsFlexible(version));
            Assert.Equal(line.GetProperty("type").GetString(), descriptor.Kind.ToString().ToLowerInvariant());
            Assert.Equal(line.TryGetProperty("apiKey", out JsonElement key) ? key.GetInt16() : null, (short?)descriptor.ApiKey);
            Assert.Equal(line.TryGetProperty("unstable", out _), descriptor.IsLatestVersionUnstable && version == descriptor.MaxVersion);
            if (descriptor.Kind is MessageKind.Request or MessageKind.Response)
            {
                Assert.Equal(line.GetProperty("headerVersion").GetInt16(), descriptor.HeaderVersion(version));
            }
        });
    }

    [Theory]
    [InlineData("ConsumerProtocolSubscription")]
    [InlineData("ConsumerProtocolAssignment")]
    public void Consumer_protocol_bytes_begin_with_their_version(string name)
    {
        MessageDescriptor descriptor = MessageCatalog.Find(name)!;
        Assert.All(MessageVectors.Lines($"messages/{name}.jsonl.gz"), line =>
        {
            KafkaReader reader = new(Hex(line, "hexVersionPrefixed"));
            short version = reader.ReadInt16();
            IKafkaMessage message = descriptor.Read(ref reader, version);

            Assert.Equal(0, reader.Remaining);
            Assert.Equal(line.GetProperty("hexVersionPrefixed").GetString(), version.ToString("x4") + EncodeToHex(message, version));
        });
    }

    [Fact]
    public void Every_message_of_the_specs_has_vectors_but_those_inside_the_log()
    {
        string[] without = [.. MessageCatalog.All.ToArray().Select(static descriptor => descriptor.Name).Except(MessageVectors.MessageNames())];

        Assert.Equal(["AbortedTxn", "DefaultPrincipalData", "LeaderChangeMessage"], without.Order(StringComparer.Ordinal));
    }

    internal static IKafkaMessage Decode(MessageDescriptor descriptor, short version, byte[] bytes)
    {
        KafkaReader reader = new(bytes);
        IKafkaMessage message = descriptor.Read(ref reader, version);
        Assert.Equal(0, reader.Remaining);
        return message;
    }

    internal static string EncodeToHex(IKafkaMessage message, short version)
    {
        byte[] bytes = new byte[message.GetSize(version)];
        KafkaWriter writer = new(bytes);
        message.Write(ref writer, version);
        Assert.Equal(bytes.Length, writer.Position);
        return Convert.ToHexStringLower(bytes);
    }

    internal static JsonElement ToJson(MessageDescriptor descriptor, IKafkaMessage message, short version)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, MessageJson.WriterOptions))
        {
            MessageJson.Write(json, descriptor, message, version);
        }

        using JsonDocument document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    internal static void AssertJson(JsonElement expected, JsonElement actual)
    {
        if (!JsonElement.DeepEquals(expected, actual))
        {
            Assert.Equal(expected.GetRawText(), actual.GetRawText());
        }
    }

    internal static byte[] Hex(JsonElement line, string property) => Convert.FromHexString(line.GetProperty(property).GetString()!);
}
