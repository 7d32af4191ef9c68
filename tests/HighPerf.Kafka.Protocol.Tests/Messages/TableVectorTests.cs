using System.Text.Json;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

public sealed class TableVectorTests
{
    [Fact]
    public void The_apis_have_the_keys_versions_and_headers_of_the_vectors() => Assert.All(MessageVectors.Lines("apis.jsonl.gz"), line =>
    {
        ApiKey key = (ApiKey)line.GetProperty("apiKey").GetInt16();
        Assert.Equal(line.GetProperty("name").GetString(), key.ToString());
        foreach (MessageKind kind in (MessageKind[])[MessageKind.Request, MessageKind.Response])
        {
            MessageDescriptor descriptor = MessageCatalog.Find(key, kind)!;
            Assert.Equal(line.GetProperty("minVersion").GetInt16(), descriptor.MinVersion);
            Assert.Equal(line.GetProperty("maxVersion").GetInt16(), descriptor.MaxVersion);
            JsonElement flexible = line.GetProperty("firstFlexibleVersion");
            Assert.Equal(flexible.ValueKind == JsonValueKind.Null ? null : Math.Max(flexible.GetInt16(), descriptor.MinVersion), descriptor.FlexibleFrom);

            string headers = kind == MessageKind.Request ? "requestHeaderVersions" : "responseHeaderVersions";
            short version = descriptor.MinVersion;
            foreach (JsonElement header in line.GetProperty(headers).EnumerateArray())
            {
                Assert.Equal(header.GetInt16(), descriptor.HeaderVersion(version++));
            }
        }

        Assert.Equal(
            line.GetProperty("latestVersionUnstable").GetBoolean(), MessageCatalog.Find(key, MessageKind.Request)!.IsLatestVersionUnstable);
    });

    [Fact]
    public void Every_api_key_is_in_the_vectors_and_the_reverse() => Assert.Equal(
        MessageVectors.Lines("apis.jsonl.gz").Select(static line => line.GetProperty("apiKey").GetInt16()).Order(),
        Enum.GetValues<ApiKey>().Select(static key => (short)key).Order());

    [Fact]
    public void The_error_codes_are_those_of_the_vectors() => Assert.All(MessageVectors.Lines("errors.jsonl.gz"), line =>
    {
        ErrorCode code = (ErrorCode)line.GetProperty("code").GetInt16();
        Assert.True(Enum.IsDefined(code));
        Assert.Equal(line.GetProperty("name").GetString()!.Replace("_", ""), code.ToString().ToUpperInvariant());
        Assert.Equal(line.GetProperty("retriable").GetBoolean(), code.IsRetriable());
        Assert.Equal(line.GetProperty("invalidMetadata").GetBoolean(), code.RefreshesMetadata());
    });

    [Fact]
    public void Every_error_code_is_in_the_vectors() =>
        Assert.Equal(MessageVectors.Lines("errors.jsonl.gz").Count(), Enum.GetValues<ErrorCode>().Length);
}
