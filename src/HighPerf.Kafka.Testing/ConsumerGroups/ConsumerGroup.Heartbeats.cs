using System.Buffers.Text;
using System.Collections.Immutable;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.ConsumerGroups;

/// <content>What members say and are told.</content>
internal sealed partial class ConsumerGroup
{
    /// <summary>From this release on a member that is known may join again; before, it had to wait for the end of its session (KAFKA-19233).</summary>
    private bool CanRejoin => _cluster.Release.IsAtLeast(4, 2);

    /// <summary>Takes a heartbeat, or the first one, that is formally right. A refused one changes nothing.</summary>
    public ConsumerGroupHeartbeatResponse Beat(ConsumerGroupHeartbeatRequest request, string clientId, string clientHost)
    {
        if ((CheckSize(request) ?? CheckMember(request) ?? CheckExpression(request)) is { } refusal)
        {
            return Refuse(refusal);
        }

        bool mayResolve = _resolved.Count == 0 || _cluster.Loop.Now > _resolvedAt + ShortestPause;
        ConsumerMember member = Enter(request);
        ImmutableSortedSet<TopicIdPartition> before = member.Current.Assigned;
        ImmutableSortedSet<string> names = member.TopicNames;
        string? expression = member.Expression;
        member.Update(request, clientId, clientHost);
        ForgetUnusedExpressions();
        BumpEpoch(_groupEpoch == 0 || !names.SetEquals(member.TopicNames) || HasOtherTopics(member, expression));
        if (_groupEpoch > _assignmentEpoch)
        {
            AssignTargets();
        }

        Reconcile(member, request.TopicPartitions?.SelectMany(topic => topic.Partitions.Select(index => new TopicIdPartition(topic.TopicId, index))).ToList());
        member.Session!.Start(SessionTimeoutMs);
        ConsumerGroupHeartbeatResponse response = new()
        {
            MemberId = member.Id,
            MemberEpoch = member.Current.Epoch,
            HeartbeatIntervalMs = HeartbeatIntervalMs,
        };
        bool isFull = request.RebalanceTimeoutMs != -1
            && (request.SubscribedTopicNames is not null || request.SubscribedTopicRegex is not null)
            && request.TopicPartitions is not null;
        if (request.MemberEpoch == HeartbeatRules.Join || isFull || !before.SetEquals(member.Current.Assigned))
        {
            response.Assignment = new ConsumerGroupHeartbeatResponse.AssignmentData { TopicPartitions = ToResponse(member.Current.Assigned) };
        }

        // Apache Kafka resolves expressions beside the request: it is in the next heartbeat that the member hears of what was found.
        if (mayResolve)
        {
            ResolveExpressions();
        }

        return response;
    }

    /// <summary>A member leaves, or a static one leaves for now and keeps its partitions until its session ends.</summary>
    public ConsumerGroupHeartbeatResponse Leave(ConsumerGroupHeartbeatRequest request)
    {
        ConsumerMember? member = request.InstanceId is null ? FindMember(request.MemberId) : FindStatic(request.InstanceId);
        if (member is null)
        {
            return Refuse(Unknown(request));
        }

        if (CheckInstance(request, member) is { } refusal)
        {
            return Refuse(refusal);
        }

        if (request.InstanceId is not null && request.MemberEpoch == HeartbeatRules.LeaveForNow)
        {
            Move(member, member.Current with { Epoch = HeartbeatRules.LeaveForNow, PendingRevocation = [] });
        }
        else
        {
            Fence(member, "it left");
        }

        return new ConsumerGroupHeartbeatResponse { MemberId = member.Id, MemberEpoch = request.MemberEpoch };
    }

    public static ConsumerGroupHeartbeatResponse Refuse(Refusal refusal) => new() { ErrorCode = (short)refusal.Error, ErrorMessage = refusal.Message };

    private static Refusal? CheckInstance(ConsumerGroupHeartbeatRequest request, ConsumerMember member) =>
        request.InstanceId is null || member.Id == request.MemberId
            ? null
            : new Refusal(ErrorCode.FencedInstanceId, $"The instance id {request.InstanceId} belongs to the member {member.Id} now.");

    private static List<ConsumerGroupHeartbeatResponse.TopicPartitions> ToResponse(ImmutableSortedSet<TopicIdPartition> partitions)
    {
        List<ConsumerGroupHeartbeatResponse.TopicPartitions> topics = [];
        foreach (TopicIdPartition partition in partitions)
        {
            if (topics.Count == 0 || topics[^1].TopicId != partition.Topic)
            {
                topics.Add(new ConsumerGroupHeartbeatResponse.TopicPartitions { TopicId = partition.Topic });
            }

            topics[^1].Partitions.Add(partition.Partition);
        }

        return topics;
    }

    private Refusal Unknown(ConsumerGroupHeartbeatRequest request) => new(
        ErrorCode.UnknownMemberId,
        request.InstanceId is null ? $"{request.MemberId} is no member of the group {Id}." : $"The group {Id} has no instance id {request.InstanceId}.");

    private Refusal? CheckSize(ConsumerGroupHeartbeatRequest request) => _members.Count >= MaxSize && FindMember(request.MemberId) is null
        ? new Refusal(ErrorCode.GroupMaxSizeReached, $"The group {Id} has {MaxSize} members and takes no more.")
        : null;

    private Refusal? CheckMember(ConsumerGroupHeartbeatRequest request)
    {
        bool isJoin = request.MemberEpoch == HeartbeatRules.Join;
        ConsumerMember? member = request.InstanceId is null ? FindMember(request.MemberId) : FindStatic(request.InstanceId);
        if (member is null)
        {
            return isJoin ? null : Unknown(request);
        }

        if (request.InstanceId is not null && isJoin)
        {
            return member.Current.Epoch == HeartbeatRules.LeaveForNow
                ? null
                : new Refusal(ErrorCode.UnreleasedInstanceId, $"The instance id {request.InstanceId} belongs to the member {member.Id}, which did not leave.");
        }

        return CheckInstance(request, member) ?? CheckEpoch(request, member);
    }

    private Refusal? CheckEpoch(ConsumerGroupHeartbeatRequest request, ConsumerMember member)
    {
        CurrentAssignment current = member.Current;
        if (request.MemberEpoch == current.Epoch || (request.MemberEpoch == HeartbeatRules.Join && CanRejoin))
        {
            return null;
        }

        // The answer that told the new epoch may have been lost; then the member has nothing that it should not have.
        bool isLost = request.MemberEpoch < current.Epoch && request.MemberEpoch == current.PreviousEpoch && request.TopicPartitions is not null
            && request.TopicPartitions.TrueForAll(topic =>
                topic.Partitions.TrueForAll(index => current.Assigned.Contains(new TopicIdPartition(topic.TopicId, index))));
        return isLost
            ? null
            : new Refusal(
                ErrorCode.FencedMemberEpoch,
                $"The member is in epoch {current.Epoch}, not in {request.MemberEpoch}; it must give up all its partitions and join again.");
    }

    /// <summary>The member that was checked: the known one, a static one that comes back, or a new one.</summary>
    private ConsumerMember Enter(ConsumerGroupHeartbeatRequest request)
    {
        string id = request.MemberId.Length > 0 ? request.MemberId : NewMemberId();
        ConsumerMember? member = request.InstanceId is null ? FindMember(id) : FindStatic(request.InstanceId);
        if (member is null)
        {
            member = new ConsumerMember(id);
            Add(member);
        }
        else if (request.InstanceId is not null && request.MemberEpoch == HeartbeatRules.Join)
        {
            ConsumerMember successor = new(id, member);
            Remove(member);
            Add(successor);
            Move(successor, successor.Current);
            member = successor;
        }

        return member;
    }

    /// <summary>Leads a member one step nearer to its target.</summary>
    private void Reconcile(ConsumerMember member, List<TopicIdPartition>? owned)
    {
        bool IsHeldByOther(TopicIdPartition partition) => _holders.TryGetValue(partition, out ConsumerMember? holder) && holder != member;
        CurrentAssignment next = Reconciler.Next(member.Current, member.Target, _assignmentEpoch, owned, IsHeldByOther);
        if (ReferenceEquals(next, member.Current))
        {
            return;
        }

        Move(member, next);
        if (next.State == MemberState.UnrevokedPartitions)
        {
            StartRebalance(member);
        }
        else
        {
            member.Rebalance?.Stop();
        }
    }

    /// <summary>22 characters, as Apache Kafka makes them; not beginning with a hyphen, which would look like an option on a command line.</summary>
    private string NewMemberId()
    {
        RandomSource random = _memberIds ??= _cluster.Environment.CreateRandom($"consumer-group-{Id}");
        Span<byte> bytes = stackalloc byte[16];
        do
        {
            random.NextBytes(bytes);
        }
        while (bytes[0] >> 2 == 0b111110);
        return Base64Url.EncodeToString(bytes);
    }
}
