using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.ConsumerGroups;

namespace HighPerf.Kafka.Testing.Tests.ConsumerGroups;

/// <summary>A member that keeps to the protocol: it consumes what it was told until it has given it up, and says so only then.</summary>
internal sealed class ModelMember
{
    public static readonly TimeSpan Session = TimeSpan.FromSeconds(45);

    private readonly GroupClient _client;

    /// <summary>What it was told last.</summary>
    private HashSet<TopicIdPartition> _told = [];

    /// <summary>Its last answer was lost, so that it must say everything again.</summary>
    private bool _saysAll;

    public ModelMember(GroupClient client, string id, string? instance, ConsumerGroupHeartbeatRequest subscription)
    {
        _client = client;
        Id = id;
        Instance = instance;
        Subscription = subscription;
    }

    public string Id { get; }

    public string? Instance { get; }

    public ConsumerGroupHeartbeatRequest Subscription { get; set; }

    public int Epoch { get; private set; }

    /// <summary>What it may consume by its own knowledge.</summary>
    public HashSet<TopicIdPartition> Held { get; } = [];

    /// <summary>When it sent its last heartbeat that was taken: a session later it would stop by itself.</summary>
    public TimeSpan LastBeat { get; private set; }

    /// <summary>Stops consuming what it must give up.</summary>
    public void Revoke() => Held.IntersectWith(_told);

    /// <summary>Joins or sends a heartbeat. With <paramref name="isLost"/> it never hears the answer.</summary>
    public async Task BeatAsync(TimeSpan now, bool isLost = false)
    {
        ConsumerGroupHeartbeatRequest request = Request();
        ConsumerGroupHeartbeatResponse response = await _client.SendAsync(request);
        if (isLost)
        {
            // What was joined twice in one session is one member.
            _saysAll = true;
            LastBeat = response.Error() == ErrorCode.None ? now : LastBeat;
            return;
        }

        switch (response.Error())
        {
            case ErrorCode.None:
                Hear(response, now);
                break;
            case ErrorCode.FencedMemberEpoch or ErrorCode.UnknownMemberId or ErrorCode.GroupIdNotFound:
                GiveUp();
                break;
            case ErrorCode.UnreleasedInstanceId when Epoch == 0:
                break;
            default:
                Assert.Fail($"{Id} was told {response.Error()}: {response.ErrorMessage}");
                break;
        }
    }

    /// <summary>Leaves; a static member for now.</summary>
    public async Task LeaveAsync(bool forGood)
    {
        GiveUp();
        ConsumerGroupHeartbeatResponse response = Instance is null
            ? await _client.BeatAsync(Id, -1)
            : await _client.BeatStaticAsync(Id, Instance, forGood ? -1 : -2);
        Assert.Contains(response.Error(), new[] { ErrorCode.None, ErrorCode.UnknownMemberId, ErrorCode.FencedInstanceId, ErrorCode.GroupIdNotFound });
    }

    private ConsumerGroupHeartbeatRequest Request()
    {
        bool hasRevoked = Held.IsSubsetOf(_told);
        ConsumerGroupHeartbeatRequest request = GroupClient.Beating(Id, Epoch, Epoch == 0 ? [] : _saysAll || hasRevoked ? Held.Order() : null);
        request.InstanceId = Instance;
        request.SubscribedTopicNames = Subscription.SubscribedTopicNames;
        request.SubscribedTopicRegex = Subscription.SubscribedTopicRegex;
        request.ServerAssignor = Subscription.ServerAssignor;
        request.RebalanceTimeoutMs = Epoch == 0 || _saysAll ? 300_000 : -1;
        return request;
    }

    private void Hear(ConsumerGroupHeartbeatResponse response, TimeSpan now)
    {
        LastBeat = now;
        _saysAll = false;
        Epoch = response.MemberEpoch;
        if (response.Told() is { } told)
        {
            _told = [.. told];
            Held.UnionWith(told);
        }
    }

    private void GiveUp()
    {
        Held.Clear();
        _told = [];
        Epoch = 0;
        _saysAll = false;
    }
}
