using System.Text.Json;
using HighPerf.Kafka.Cli.Wire;
using HighPerf.Kafka.Protocol.Generator.Model;
using HighPerf.Kafka.Protocol.Generator.Parsing;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

/// <summary>Random messages of every type and version survive the wire; the seed is part of what a failure says.</summary>
public sealed class RandomMessageTests
{
    private const int DrawsPerVersion = 12;

    private static readonly Lazy<MessageSpec[]> LazySpecs = new(ReadSpecs);

    public static TheoryData<string> Names => [.. LazySpecs.Value.Select(static spec => spec.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_random_message_is_read_as_it_was_written(string name)
    {
        MessageSpec spec = LazySpecs.Value.Single(candidate => candidate.Name == name);
        MessageDescriptor descriptor = MessageCatalog.Find(name)!;
        for (short version = descriptor.MinVersion; version <= descriptor.MaxVersion; version++)
        {
            for (int seed = 0; seed < DrawsPerVersion; seed++)
            {
                IKafkaMessage message = MessageJson.Read(RandomMessage.Draw(spec, version, new Random(seed)), descriptor, version);
                string hex = MessageVectorTests.EncodeToHex(message, version);
                IKafkaMessage again = MessageVectorTests.Decode(descriptor, version, Convert.FromHexString(hex));

                Assert.True(hex == MessageVectorTests.EncodeToHex(again, version), $"{name} v{version}, seed {seed}: the bytes differ");
                JsonElement expected = MessageVectorTests.ToJson(descriptor, message, version);
                JsonElement actual = MessageVectorTests.ToJson(descriptor, again, version);
                Assert.True(JsonElement.DeepEquals(expected, actual), $"{name} v{version}, seed {seed}: {expected} became {actual}");
            }
        }
    }

    [Theory]
    [InlineData("{}", "groupId is missing; this version has the field")]
    [InlineData("[]", " should be an object, not an array")]
    [InlineData("{\"groupId\":7,\"generationId\":1,\"memberId\":\"\"}", "groupId should be a string, not 7")]
    [InlineData("{\"groupId\":\"g\",\"generationId\":2147483648,\"memberId\":\"\"}", "generationId should be a 32-bit integer, not 2147483648")]
    [InlineData("{\"groupId\":\"g\",\"generationId\":1,\"memberId\":null}", "memberId should be a string, not null")]
    [InlineData("{\"groupId\":\"g\",\"generationId\":1,\"memberId\":\"\",\"groupInstanceId\":null}", "groupInstanceId is not a field of this version")]
    [InlineData("{\"groupId\":\"\\ud800\",\"generationId\":1,\"memberId\":\"\"}", "groupId should be a string, not \"\\ud800\"")]
    public void Json_that_is_not_the_message_is_refused(string json, string error)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        MessageJsonException thrown = Assert.Throws<MessageJsonException>(() => MessageJson.Read(document.RootElement, HeartbeatRequest.Descriptor, 0));

        Assert.Equal(error, thrown.Message);
    }

    [Fact]
    public void An_error_in_json_names_the_whole_path()
    {
        using JsonDocument document = JsonDocument.Parse("""{"topics":[{"name":"a"},{"name":[]}]}""");
        MessageJsonException thrown = Assert.Throws<MessageJsonException>(() => MessageJson.Read(document.RootElement, MetadataRequest.Descriptor, 0));

        Assert.Equal("topics[1].name should be a string, not an array", thrown.Message);
    }

    private static MessageSpec[] ReadSpecs()
    {
        string folder = Path.Combine(MessageVectors.Folder, "..", "..", "protocol-specs");
        return
        [
            .. Directory.EnumerateFiles(folder, "*.wire").Order(StringComparer.Ordinal)
                .SelectMany(static path => SpecParser.Parse(path, File.ReadAllText(path)).Messages),
        ];
    }
}
