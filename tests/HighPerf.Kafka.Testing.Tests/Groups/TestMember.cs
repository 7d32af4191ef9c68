using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Tests.Groups;

/// <summary>A member of a classic group on a connection of its own, which remembers what it is told and does nothing by itself.</summary>
internal sealed class TestMember
{
    public const string Group = "g";

    private TestMember(RawClient client) => Client = client;

    public RawClient Client { get; private set; }

    public string Id { get; set; } = "";

    public string? InstanceId { get; set; }

    public int Generation { get; set; } = -1;

    public int SessionTimeoutMs { get; set; } = 10_000;

    public int RebalanceTimeoutMs { get; set; } = 20_000;

    public string ProtocolType { get; set; } = "consumer";

    /// <summary>The names of its protocols; each has the subscription as its metadata.</summary>
    public string[] Protocols { get; set; } = ["range"];

    public string[] Topics { get; set; } = ["t"];

    public short JoinVersion { get; set; } = 9;

    public string? Leader { get; private set; }

    public static async Task<TestMember> ConnectAsync(TestBroker broker, string? instanceId = null) =>
        new(await broker.ConnectAsync()) { InstanceId = instanceId };

    public static async Task<TestMember> ConnectAsync(TestBroker broker, EmbeddedBroker node) => new(await broker.ConnectAsync(node));

    /// <summary>A dynamic member whose join is with the broker: first without an id, then with the one it was told.</summary>
    public static async Task<(TestMember Member, Task<JoinGroupResponse> Join)> EnterAsync(TestBroker broker)
    {
        TestMember member = await ConnectAsync(broker);
        Assert.Equal(ErrorCode.MemberIdRequired, (ErrorCode)(await member.JoinAsync()).ErrorCode);
        Task<JoinGroupResponse> join = member.JoinAsync();
        await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
        return (member, join);
    }

    /// <summary>A group of so many dynamic members, the first of them the leader, with its assignments given: one byte, the member's number.</summary>
    public static async Task<List<TestMember>> FormAsync(TestBroker broker, int count = 1, Action<TestMember>? configure = null)
    {
        List<TestMember> members = [];
        for (int i = 0; i < count; i++)
        {
            TestMember member = await ConnectAsync(broker);
            configure?.Invoke(member);
            await member.JoinAsync();
            members.Add(member);
            if (i == 0)
            {
                Assert.Equal(ErrorCode.None, (ErrorCode)(await member.JoinAsync()).ErrorCode);
                await SettleAsync(members);
            }
        }

        if (count > 1)
        {
            await Task.WhenAll(members.Select(member => member.JoinAsync()));
            await SettleAsync(members);
        }

        return members;
    }

    /// <summary>All send SyncGroup, the leader with one byte for each.</summary>
    public static async Task SettleAsync(List<TestMember> members)
    {
        SyncGroupResponse[] synced = await Task.WhenAll(
            members.Select(member => member.Leader == member.Id ? member.AssignAsync(members) : member.SyncAsync()));
        Assert.All(synced, response => Assert.Equal(ErrorCode.None, (ErrorCode)response.ErrorCode));
    }

    /// <summary>Goes on with another broker.</summary>
    public async Task ReconnectAsync(TestBroker broker, EmbeddedBroker node)
    {
        await Client.CloseAsync();
        Client = await broker.ConnectAsync(node);
    }

    public JoinGroupRequest JoinRequest() => new()
    {
        GroupId = Group,
        MemberId = Id,
        GroupInstanceId = InstanceId,
        SessionTimeoutMs = SessionTimeoutMs,
        RebalanceTimeoutMs = RebalanceTimeoutMs,
        ProtocolType = ProtocolType,
        Protocols = [.. Protocols.Select(name => new JoinGroupRequest.JoinGroupRequestProtocol { Name = name, Metadata = Subscription() })],
    };

    public async Task<JoinGroupResponse> JoinAsync()
    {
        JoinGroupResponse response = await Client.CallAsync(JoinRequest(), JoinVersion);
        if ((ErrorCode)response.ErrorCode is ErrorCode.None or ErrorCode.MemberIdRequired)
        {
            Id = response.MemberId;
        }

        if (response.ErrorCode == 0)
        {
            Generation = response.GenerationId;
            Leader = response.Leader;
        }

        return response;
    }

    /// <summary>Joins again with another subscription.</summary>
    public Task<JoinGroupResponse> RejoinAsync(string topic)
    {
        Topics = [topic];
        return JoinAsync();
    }

    public Task<SyncGroupResponse> AssignAsync(List<TestMember> members) => SyncAsync([.. members.Select((member, i) => (member.Id, (byte)i))]);

    public Task<SyncGroupResponse> SyncAsync(params (string Member, byte Assignment)[] assignments) => Client.CallAsync(
        new SyncGroupRequest
        {
            GroupId = Group,
            MemberId = Id,
            GroupInstanceId = InstanceId,
            GenerationId = Generation,
            Assignments =
            [
                .. assignments.Select(pair => new SyncGroupRequest.SyncGroupRequestAssignment { MemberId = pair.Member, Assignment = [pair.Assignment] }),
            ],
        },
        4);

    public async Task<ErrorCode> HeartbeatAsync() => (ErrorCode)(await Client.CallAsync(
        new HeartbeatRequest { GroupId = Group, MemberId = Id, GroupInstanceId = InstanceId, GenerationId = Generation }, 4)).ErrorCode;

    public async Task<ErrorCode> LeaveAsync()
    {
        LeaveGroupRequest request = new()
        {
            GroupId = Group,
            Members = [new LeaveGroupRequest.MemberIdentity { MemberId = Id, GroupInstanceId = InstanceId }],
        };
        LeaveGroupResponse response = await Client.CallAsync(request, 5);
        return (ErrorCode)(response.ErrorCode != 0 ? response.ErrorCode : Assert.Single(response.Members).ErrorCode);
    }

    public async Task<ErrorCode> CommitAsync(long offset, short version = 9)
    {
        OffsetCommitRequest request = new()
        {
            GroupId = Group,
            MemberId = Id,
            GroupInstanceId = InstanceId,
            GenerationIdOrMemberEpoch = Generation,
            Topics =
            [
                new OffsetCommitRequest.OffsetCommitRequestTopic
                {
                    Name = "t",
                    Partitions = [new OffsetCommitRequest.OffsetCommitRequestPartition { CommittedOffset = offset, CommittedMetadata = "" }],
                },
            ],
        };
        return (ErrorCode)(await Client.CallAsync(request, version)).Topics[0].Partitions[0].ErrorCode;
    }

    private byte[] Subscription() => GroupMetadata.Write(new ConsumerProtocolSubscription { Topics = [.. Topics] }, 1);
}
