using System.Text.Json;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Json;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

public sealed class MessageJsonErrorTests
{
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
}
