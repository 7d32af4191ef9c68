using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Handlers;

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
                new HandlerTable().All.Select(handler => ((short)handler.ApiKey, handler.AdvertisedMinVersion, handler.MaxVersion)),
                response.ApiKeys.Select(key => (key.ApiKey, key.MinVersion, key.MaxVersion)));
        }
    });

    [Fact]
    public void The_advertised_versions_are_those_of_the_contract()
    {
        string[] expected =
        [
            "Produce 0-13", "Fetch 4-18", "ListOffsets 1-11", "Metadata 0-13", "OffsetCommit 2-10", "OffsetFetch 1-10", "FindCoordinator 0-6",
            "JoinGroup 0-9", "Heartbeat 0-4", "LeaveGroup 0-5", "SyncGroup 0-5", "DescribeGroups 0-6", "ListGroups 0-5",
            "ApiVersions 0-5", "CreateTopics 2-7", "DeleteTopics 1-6", "InitProducerId 0-5", "DeleteGroups 0-3", "OffsetDelete 0-0", "DescribeCluster 0-2",
        ];
        Assert.Equal(expected, new HandlerTable().All.Select(handler => $"{handler.ApiKey} {handler.AdvertisedMinVersion}-{handler.MaxVersion}"));
    }

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
}
