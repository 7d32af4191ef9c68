using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.ConsumerGroups;

namespace HighPerf.Kafka.Testing.Tests.ConsumerGroups;

/// <summary>Speaks for the members of one consumer group, in any words.</summary>
internal sealed class GroupClient
{
    public const string Group = "g";

    private readonly RawClient _client;

    public GroupClient(RawClient client) => _client = client;

    public short Version { get; set; } = 1;

    public static async Task<GroupClient> ConnectAsync(TestBroker broker) => new(await broker.ConnectAsync());

    public static ConsumerGroupHeartbeatRequest Joining(string member, params string[] topics) => new()
    {
        GroupId = Group,
        MemberId = member,
        MemberEpoch = 0,
        RebalanceTimeoutMs = 60_000,
        SubscribedTopicNames = [.. topics],
        TopicPartitions = [],
    };

    public static ConsumerGroupHeartbeatRequest Beating(string member, int epoch, IEnumerable<TopicIdPartition>? owned = null) => new()
    {
        GroupId = Group,
        MemberId = member,
        MemberEpoch = epoch,
        TopicPartitions = owned?.GroupBy(partition => partition.Topic).Select(topic => new ConsumerGroupHeartbeatRequest.TopicPartitionsData
        {
            TopicId = topic.Key,
            Partitions = [.. topic.Select(partition => partition.Partition)],
        }).ToList(),
    };

    public Task<ConsumerGroupHeartbeatResponse> SendAsync(ConsumerGroupHeartbeatRequest request) => _client.CallAsync(request, Version);

    public Task<ConsumerGroupHeartbeatResponse> JoinAsync(string member, params string[] topics) => SendAsync(Joining(member, topics));

    public Task<ConsumerGroupHeartbeatResponse> JoinStaticAsync(string member, string instance, params string[] topics)
    {
        ConsumerGroupHeartbeatRequest request = Joining(member, topics);
        request.InstanceId = instance;
        return SendAsync(request);
    }

    public Task<ConsumerGroupHeartbeatResponse> BeatAsync(string member, int epoch, IEnumerable<TopicIdPartition>? owned = null) =>
        SendAsync(Beating(member, epoch, owned));

    public Task<ConsumerGroupHeartbeatResponse> BeatStaticAsync(string member, string instance, int epoch, IEnumerable<TopicIdPartition>? owned = null)
    {
        ConsumerGroupHeartbeatRequest request = Beating(member, epoch, owned);
        request.InstanceId = instance;
        return SendAsync(request);
    }

    public async Task<ConsumerGroupDescribeResponse.DescribedGroup> DescribeAsync(string group = Group, bool includeOperations = false) =>
        Assert.Single((await _client.CallAsync(
            new ConsumerGroupDescribeRequest { GroupIds = [group], IncludeAuthorizedOperations = includeOperations }, Version)).Groups);

    public async Task<string> StateAsync() => (await DescribeAsync()).GroupState;
}
