using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Releases;

namespace HighPerf.Kafka.Testing.Tests.Handlers;

public sealed class ApiVersionsTests
{
    private static ApiVersionsRequest Request => new() { ClientSoftwareName = "raw", ClientSoftwareVersion = "1.0" };

    [Fact]
    public void Every_version_tells_what_is_handled() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        foreach (short version in Requests.Versions(0, 5))
        {
            ApiVersionsResponse response = await client.CallAsync(Request, version);
            Assert.Equal(0, response.ErrorCode);
            Assert.Equal(
                broker.Model.Handlers.All.Select(entry => ((short)entry.Handler.ApiKey, entry.MinVersion, entry.MaxVersion)),
                response.ApiKeys.Select(key => (key.ApiKey, key.MinVersion, key.MaxVersion)));
            Assert.Equal(response.ApiKeys.Select(key => key.ApiKey).Order(), response.ApiKeys.Select(key => key.ApiKey));
        }
    });

    [Theory]
    [InlineData("2.1", "Produce 0-7, Fetch 0-10, ListOffsets 0-4, Metadata 0-7, ApiVersions 0-2, CreateTopics 0-3, InitProducerId 0-1, DescribeCluster -")]
    [InlineData("2.4", "Produce 0-8, Fetch 0-11, ListOffsets 0-5, Metadata 0-9, ApiVersions 0-3, CreateTopics 0-5, InitProducerId 0-2, DescribeCluster -")]
    [InlineData("2.8", "Produce 0-9, Fetch 0-12, ListOffsets 0-6, Metadata 0-11, ApiVersions 0-3, CreateTopics 0-7, InitProducerId 0-4, DescribeCluster 0-0")]
    [InlineData("3.0", "Produce 0-9, Fetch 0-12, ListOffsets 0-7, Metadata 0-11, ApiVersions 0-3, CreateTopics 0-7, InitProducerId 0-4, DescribeCluster 0-0")]
    [InlineData("3.3", "Produce 0-9, Fetch 0-13, ListOffsets 0-7, Metadata 0-12, ApiVersions 0-3, CreateTopics 0-7, InitProducerId 0-4, DescribeCluster 0-0")]
    [InlineData("3.6", "Produce 0-9, Fetch 0-15, ListOffsets 0-8, Metadata 0-12, ApiVersions 0-3, CreateTopics 0-7, InitProducerId 0-4, DescribeCluster 0-0")]
    [InlineData("3.9", "Produce 0-11, Fetch 0-17, ListOffsets 0-9, Metadata 0-12, ApiVersions 0-4, CreateTopics 0-7, InitProducerId 0-5, DescribeCluster 0-1")]
    [InlineData("4.0", "Produce 0-12, Fetch 4-17, ListOffsets 1-10, Metadata 0-13, ApiVersions 0-4, CreateTopics 2-7, InitProducerId 0-5, DescribeCluster 0-2")]
    [InlineData("4.1", "Produce 0-13, Fetch 4-18, ListOffsets 1-10, Metadata 0-13, ApiVersions 0-4, CreateTopics 2-7, InitProducerId 0-5, DescribeCluster 0-2")]
    public void A_broker_tells_what_its_release_told_and_takes_no_more(string release, string expected) => TestBroker.Simulate(
        async broker =>
        {
            RawClient client = await broker.ConnectAsync();
            ApiVersionsResponse response = await client.CallAsync(new ApiVersionsRequest(), 0);
            ApiKey[] keys =
            [
                ApiKey.Produce, ApiKey.Fetch, ApiKey.ListOffsets, ApiKey.Metadata, ApiKey.ApiVersions, ApiKey.CreateTopics, ApiKey.InitProducerId,
                ApiKey.DescribeCluster,
            ];
            Assert.Equal(expected, string.Join(", ", keys.Select(key => $"{key} {Range(response, key)}")));

            short metadata = response.ApiKeys.Single(key => key.ApiKey == (short)ApiKey.Metadata).MaxVersion;
            Assert.Equal(0, (await client.CallAsync(Requests.Metadata(), metadata)).ErrorCode);
            if (metadata < MetadataRequest.MaxVersion)
            {
                await client.BeginAsync(Requests.Metadata(), (short)(metadata + 1));
                await client.Closed;
                Assert.Contains(broker.Log, line => line.Contains($"API key 3 version {metadata + 1} is not supported", StringComparison.Ordinal));
            }
        },
        new KafkaTestClusterOptions().AsKafka(release));

    [Fact]
    public void Without_a_release_the_broker_is_4_1_and_an_unknown_one_is_refused_with_those_that_are_known()
    {
        Assert.Equal("4.1", new KafkaRelease(KafkaRelease.Default).Name);
        ArgumentException error = Assert.Throws<ArgumentException>(() => new KafkaTestClusterOptions().AsKafka("1.0"));
        Assert.Contains("1.0", error.Message, StringComparison.Ordinal);
        Assert.Contains("2.1, 2.2, 2.3", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2.4", 3, -1, "", "")]
    [InlineData("3.0", 3, 0, "", "")]
    [InlineData("3.6", 3, 1, "metadata.version 1-14", "metadata.version 14")]
    [InlineData("3.9", 3, 1, "kraft.version 1-1, metadata.version 1-21", "kraft.version 1, metadata.version 21")]
    [InlineData(
        "4.1",
        4,
        1,
        "eligible.leader.replicas.version 0-1, group.version 0-1, kraft.version 0-1, metadata.version 7-27, share.version 0-1, transaction.version 0-2",
        "eligible.leader.replicas.version 1, group.version 1, kraft.version 1, metadata.version 27, transaction.version 2")]
    public void Features_are_those_of_the_release(string release, short version, long epoch, string supported, string finalized) => TestBroker.Simulate(
        async broker =>
        {
            RawClient client = await broker.ConnectAsync();
            ApiVersionsResponse response = await client.CallAsync(Request, version);
            Assert.Equal(epoch, response.FinalizedFeaturesEpoch);
            Assert.Equal(supported, string.Join(", ", response.SupportedFeatures.Select(f => $"{f.Name} {f.MinVersion}-{f.MaxVersion}")));
            Assert.Equal(finalized, string.Join(", ", response.FinalizedFeatures.Select(f => $"{f.Name} {f.MaxVersionLevel}")));
            Assert.All(response.FinalizedFeatures, feature => Assert.Equal(feature.MaxVersionLevel, feature.MinVersionLevel));
            Assert.False(response.ZkMigrationReady);
        },
        new KafkaTestClusterOptions().AsKafka(release));

    [Theory]
    [InlineData("2.1", null)]
    [InlineData("2.4", "0-3")]
    public void Before_KIP_511_an_unknown_version_is_answered_without_versions(string release, string? told) => TestBroker.Simulate(
        async broker =>
        {
            RawClient client = await broker.ConnectAsync();
            await client.SendAsync(Frames.Request((short)ApiKey.ApiVersions, 4, 7, flexible: true, [1, 2, 3]));
            ApiVersionsResponse response = RawClient.Decode<ApiVersionsResponse>(await client.ReceiveFrameAsync(), 7, flexibleHeader: false, 0);
            Assert.Equal(ErrorCode.UnsupportedVersion, (ErrorCode)response.ErrorCode);
            Assert.Equal(told ?? "-", Range(response, ApiKey.ApiVersions));
        },
        new KafkaTestClusterOptions().AsKafka(release));

    [Theory]
    [InlineData(6)]
    [InlineData(short.MaxValue)]
    [InlineData(-1)]
    public void A_version_that_is_not_known_is_answered_in_version_0_W2(short version) => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        await client.SendAsync(Frames.Request((short)ApiKey.ApiVersions, version, 77, flexible: true, [1, 2, 3]));
        ApiVersionsResponse response = RawClient.Decode<ApiVersionsResponse>(await client.ReceiveFrameAsync(), 77, flexibleHeader: false, 0);
        Assert.Equal(ErrorCode.UnsupportedVersion, (ErrorCode)response.ErrorCode);
        ApiVersionsResponse.ApiVersion only = Assert.Single(response.ApiKeys);
        Assert.Equal(((short)ApiKey.ApiVersions, (short)0, (short)5), (only.ApiKey, only.MinVersion, only.MaxVersion));

        // The connection goes on.
        Assert.Equal(0, (await client.CallAsync(Request, 3)).ErrorCode);
    });

    [Theory]
    [InlineData("", "1")]
    [InlineData("ok", "")]
    [InlineData("-x", "1")]
    [InlineData("x", "1.")]
    [InlineData("with space", "1")]
    public void A_client_names_itself_properly(string name, string version) => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        ApiVersionsResponse response = await client.CallAsync(new ApiVersionsRequest { ClientSoftwareName = name, ClientSoftwareVersion = version }, 3);
        Assert.Equal(ErrorCode.InvalidRequest, (ErrorCode)response.ErrorCode);
    });

    [Theory]
    [InlineData(null, -1, ErrorCode.None)]
    [InlineData(null, 1, ErrorCode.None)]
    [InlineData(null, 2, ErrorCode.RebootstrapRequired)]
    [InlineData("another", -1, ErrorCode.RebootstrapRequired)]
    public void A_client_that_looks_for_another_broker_is_told(string? clusterId, int nodeId, ErrorCode expected) => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        ApiVersionsRequest request = Request;
        request.ClusterId = clusterId;
        request.NodeId = nodeId;
        Assert.Equal(expected, (ErrorCode)(await client.CallAsync(request, 5)).ErrorCode);
    });

    private static string Range(ApiVersionsResponse response, ApiKey key)
    {
        ApiVersionsResponse.ApiVersion? found = response.ApiKeys.Find(api => api.ApiKey == (short)key);
        return found is null ? "-" : $"{found.MinVersion}-{found.MaxVersion}";
    }
}
