using System.Collections.Immutable;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Configs;
using HighPerf.Kafka.Testing.ConsumerGroups.Assignors;
using HighPerf.Kafka.Testing.Groups;

namespace HighPerf.Kafka.Testing.ConsumerGroups;

/// <summary>
/// A group whose members speak ConsumerGroupHeartbeat (KIP-848): the broker assigns, and each member is led to its target on its own. Three things have
/// epochs. The group's grows with every change of members, subscriptions or topics; that of the targets follows with the next heartbeat of anybody; a
/// member's follows when it has given up what it must. Owner: the cluster's loop.
/// </summary>
internal sealed partial class ConsumerGroup : Group
{
    /// <summary>From this version of OffsetCommit on a commit can say its member's epoch.</summary>
    private const short FirstMemberEpochVersion = 9;

    private readonly EmbeddedCluster _cluster;

    /// <summary>Which member has a partition, or has not given it up. For looking up only.</summary>
    private readonly Dictionary<TopicIdPartition, ConsumerMember> _holders = [];

    /// <summary>In the order in which they joined.</summary>
    private readonly List<ConsumerMember> _members = [];

    /// <summary>What members subscribe to, and the topics of these names, as they were when they were looked at last.</summary>
    private ImmutableArray<string> _topicNames = [];
    private ImmutableArray<AssignorTopic> _topics = [];

    /// <summary>Makes member ids for members that do not bring one.</summary>
    private RandomSource? _memberIds;

    private int _groupEpoch;
    private int _assignmentEpoch;

    public ConsumerGroup(EmbeddedCluster cluster, string id, GroupOffsets offsets)
        : base(id, offsets) => _cluster = cluster;

    public override GroupKind Kind => GroupKind.Consumer;

    public override bool IsEmpty => _members.Count == 0;

    public override string State
    {
        get
        {
            if (IsEmpty)
            {
                return "Empty";
            }

            if (_groupEpoch > _assignmentEpoch)
            {
                return "Assigning";
            }

            bool isStable = _members.TrueForAll(member => member.Current.State == MemberState.Stable && member.Current.Epoch == _assignmentEpoch);
            return isStable ? "Stable" : "Reconciling";
        }
    }

    private int SessionTimeoutMs => _cluster.GroupConfigs.SessionTimeoutMs(Id);

    private int HeartbeatIntervalMs => _cluster.GroupConfigs.HeartbeatIntervalMs(Id);

    private int MaxSize => (int)_cluster.Configs.GetNumber("group.consumer.max.size");

    /// <summary>The one that most members would like.</summary>
    private string Assignor
    {
        get
        {
            int uniform = _members.Count(member => member.Assignor == ServerAssignors.Uniform);
            int range = _members.Count(member => member.Assignor == ServerAssignors.Range);
            if (uniform + range == 0)
            {
                return ConfigSetting.Items(_cluster.Configs.Get("group.consumer.assignors"))[0];
            }

            return range > uniform ? ServerAssignors.Range : ServerAssignors.Uniform;
        }
    }

    public override ErrorCode CheckCommit(string memberId, string? instanceId, int generationOrEpoch, short version, bool isTransactional)
    {
        // Administrators, and consumers that assign themselves, may commit for a group that nobody is in.
        if (generationOrEpoch < 0 && IsEmpty)
        {
            return ErrorCode.None;
        }

        // A transactional producer need not say for whom it commits.
        if (isTransactional && generationOrEpoch == -1 && memberId.Length == 0 && instanceId is null)
        {
            return ErrorCode.None;
        }

        if (FindMember(memberId) is not { } member)
        {
            return ErrorCode.UnknownMemberId;
        }

        if (!isTransactional && version < FirstMemberEpochVersion)
        {
            return ErrorCode.UnsupportedVersion;
        }

        return generationOrEpoch == member.Current.Epoch ? ErrorCode.None : ErrorCode.StaleMemberEpoch;
    }

    public override ErrorCode CheckFetch(string? memberId, int memberEpoch)
    {
        if (memberId is null && memberEpoch < 0)
        {
            return ErrorCode.None;
        }

        if (FindMember(memberId) is not { } member)
        {
            return ErrorCode.UnknownMemberId;
        }

        return memberEpoch == member.Current.Epoch ? ErrorCode.None : ErrorCode.StaleMemberEpoch;
    }

    public override bool IsSubscribedTo(string topic) =>
        _members.Exists(member => member.TopicNames.Contains(topic)) || _resolved.Exists(expression => expression.Topics.Contains(topic));

    /// <summary>The new coordinator knows the members, but not when they were heard of last.</summary>
    public override void OnCoordinatorMoved()
    {
        foreach (ConsumerMember member in _members)
        {
            member.Session?.Start(SessionTimeoutMs);
            if (member.Current.State == MemberState.UnrevokedPartitions)
            {
                StartRebalance(member);
            }
        }
    }

    public override void Retire()
    {
        foreach (ConsumerMember member in _members)
        {
            member.StopTimers();
        }
    }

    private ConsumerMember? FindMember(string? id) => _members.Find(member => member.Id == id);

    private ConsumerMember? FindStatic(string instanceId) => _members.Find(member => member.InstanceId == instanceId);

    private void Add(ConsumerMember member)
    {
        member.Session = new GroupDeadline(_cluster, Id, () => Fence(member, "it was silent for too long"));
        _members.Add(member);
    }

    /// <summary>Takes a member out, with all that it holds.</summary>
    private void Remove(ConsumerMember member)
    {
        member.StopTimers();
        Move(member, CurrentAssignment.None);
        _members.Remove(member);
    }

    private void Fence(ConsumerMember member, string reason)
    {
        _cluster.Log.Write($"group {Id}: member {member.Id} is out: {reason}");
        Remove(member);
        ForgetUnusedExpressions();
        NoteTopics();
        _groupEpoch++;
    }

    /// <summary>Gives a member its next assignment.</summary>
    private void Move(ConsumerMember member, CurrentAssignment next)
    {
        foreach (TopicIdPartition partition in member.Current.Assigned.Union(member.Current.PendingRevocation))
        {
            _holders.Remove(partition);
        }

        member.Current = next;
        foreach (TopicIdPartition partition in next.Assigned.Union(next.PendingRevocation))
        {
            // Throws when somebody else has the partition: that must never be.
            _holders.Add(partition, member);
        }
    }

    /// <summary>A member that stays in the epoch in which it must give partitions up is put out when its time is over.</summary>
    private void StartRebalance(ConsumerMember member)
    {
        int epoch = member.Current.Epoch;
        member.Rebalance?.Stop();
        member.Rebalance = new GroupDeadline(_cluster, Id, () =>
        {
            if (member.Current.Epoch == epoch)
            {
                Fence(member, $"it did not give up its partitions within {member.RebalanceTimeoutMs} ms");
            }
        });
        member.Rebalance.Start(member.RebalanceTimeoutMs);
    }
}
