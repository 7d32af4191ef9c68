using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Groups.Classic;

/// <summary>
/// A group of the classic protocol: members join, one of them leads and assigns, all are told, until somebody comes or goes. Also a group that only has
/// offsets. This part is what members may do when; <c>Join</c> is how they come in, <c>Rebalance</c> how a generation follows another. Owner: the cluster's
/// loop.
/// </summary>
internal sealed partial class ClassicGroup : Group
{
    public const string ConsumerProtocolType = "consumer";

    /// <summary>A JoinGroup of a new member waits no longer, whatever the rebalance does.</summary>
    private const int NewMemberJoinTimeoutMs = 5 * 60 * 1000;

    private readonly EmbeddedCluster _cluster;
    private readonly ClassicMembers _members = new();

    /// <summary>Ids that were given with MEMBER_ID_REQUIRED and have not come back, each with its deadline. In the order of giving.</summary>
    private readonly List<(string Id, GroupDeadline Deadline)> _pending = [];

    private readonly GroupDeadline _joinDeadline;
    private readonly GroupDeadline _syncDeadline;
    private StoredGeneration _stored;
    private ClassicGroupState _state;
    private ClassicGroupState _previousState;
    private long _stateSinceMs;
    private string? _protocolType;
    private ClassicMember? _leader;

    /// <summary>What the members of the generation consume; null when that is not known.</summary>
    private HashSet<string>? _subscribedTopics;

    public ClassicGroup(EmbeddedCluster cluster, string id, GroupOffsets offsets)
        : base(id, offsets)
    {
        _cluster = cluster;
        _joinDeadline = new GroupDeadline(cluster, id, OnJoinDeadline);
        _syncDeadline = new GroupDeadline(cluster, id, OnSyncDeadline);
        _stateSinceMs = cluster.NowMs;
        _stored = new StoredGeneration(0, null, null, null, _stateSinceMs, []);
    }

    public override GroupKind Kind => GroupKind.Classic;

    public override string State => _state.ToString();

    public override string ProtocolType => _protocolType ?? "";

    public override bool IsEmpty => _state == ClassicGroupState.Empty;

    public int Generation { get; private set; }

    /// <summary>The protocol of the generation; null when there is none.</summary>
    public string? Protocol { get; private set; }

    public bool IsStable => _state == ClassicGroupState.Stable;

    public IReadOnlyList<ClassicMember> Members => _members.All;

    public string? LeaderId => _leader?.Id;

    public ErrorCode Heartbeat(HeartbeatRequest request)
    {
        ErrorCode error = CheckMember(request.MemberId, request.GroupInstanceId);
        if (error != ErrorCode.None)
        {
            return error;
        }

        if (request.GenerationId != Generation)
        {
            return ErrorCode.IllegalGeneration;
        }

        // While the leader assigns, members that have their generation are fine: nothing is asked of them yet.
        _members.Find(request.MemberId)!.StartSession();
        return _state == ClassicGroupState.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }

    /// <summary>Answers now, or when the leader's assignment is there.</summary>
    public void Sync(SyncCall call)
    {
        SyncGroupRequest request = call.Request;
        ErrorCode error = CheckSync(request);
        if (error == ErrorCode.None && _state == ClassicGroupState.PreparingRebalance)
        {
            error = ErrorCode.RebalanceInProgress;
        }

        if (error != ErrorCode.None)
        {
            call.Refuse(error);
            return;
        }

        ClassicMember member = _members.Find(request.MemberId)!;
        member.OwesSync = false;
        if (Members.All(other => !other.OwesSync))
        {
            _syncDeadline.Stop();
        }

        if (_state == ClassicGroupState.Stable)
        {
            call.Answer(new SyncGroupResponse { ProtocolType = _protocolType, ProtocolName = Protocol, Assignment = member.Assignment });
            return;
        }

        member.Sync = call;
        call.Park();
        if (member == _leader)
        {
            Assign(request.Assignments);
        }
    }

    public override List<LeaveGroupResponse.MemberResponse> Leave(List<LeaveGroupRequest.MemberIdentity> leaving)
    {
        List<LeaveGroupResponse.MemberResponse> answers = leaving.ConvertAll(identity => new LeaveGroupResponse.MemberResponse
        {
            MemberId = identity.MemberId,
            GroupInstanceId = identity.GroupInstanceId,
            ErrorCode = (short)Leave(identity),
        });
        if (answers.Exists(answer => answer.ErrorCode == (short)ErrorCode.None) && _state != ClassicGroupState.Empty)
        {
            Rebalance("members left");
        }

        return answers;
    }

    /// <summary>A commit that is taken counts as a heartbeat.</summary>
    public override ErrorCode CheckCommit(string memberId, string? instanceId, int generationOrEpoch, short version, bool isTransactional)
    {
        // Neither a member nor a generation: somebody who uses the group for its offsets only. A producer of old versions does not name its consumer.
        bool namesNobody = generationOrEpoch < 0 && memberId.Length == 0 && instanceId is null;
        if (IsEmpty ? generationOrEpoch < 0 : namesNobody && isTransactional)
        {
            return ErrorCode.None;
        }

        ErrorCode error = namesNobody ? ErrorCode.UnknownMemberId : CheckMember(memberId, instanceId);
        if (error != ErrorCode.None)
        {
            return error;
        }

        if (generationOrEpoch != Generation)
        {
            return ErrorCode.IllegalGeneration;
        }

        if (isTransactional)
        {
            return ErrorCode.None;
        }

        if (_state == ClassicGroupState.CompletingRebalance)
        {
            return ErrorCode.RebalanceInProgress;
        }

        _members.Find(memberId)!.StartSession();
        return ErrorCode.None;
    }

    /// <summary>Everybody may read; members are known in the other protocol only.</summary>
    public override ErrorCode CheckFetch(string? memberId, int memberEpoch) => ErrorCode.None;

    /// <summary>As long as nobody could tell what consumers of the group consume, it may be anything.</summary>
    public override bool IsSubscribedTo(string topic) => _subscribedTopics?.Contains(topic) ?? _protocolType == ConsumerProtocolType;

    /// <summary>With members, offsets stay; except those that consumers committed for topics that nobody consumes any more.</summary>
    public override long? ExpiresFrom(CommittedOffset committed)
    {
        if (_protocolType is null)
        {
            return committed.CommitTimeMs;
        }

        if (IsEmpty)
        {
            return _stateSinceMs;
        }

        return _protocolType == ConsumerProtocolType && _subscribedTopics is not null && IsStable ? committed.CommitTimeMs : null;
    }

    public override void OnCoordinatorMoved()
    {
        foreach (ClassicMember member in Members)
        {
            member.RefuseJoin(ErrorCode.NotCoordinator, member.Id);
            member.AnswerSync(new SyncGroupResponse { ErrorCode = (short)ErrorCode.NotCoordinator });
        }

        Restore();
    }

    public override void Retire()
    {
        _joinDeadline.Stop();
        _syncDeadline.Stop();
        foreach (ClassicMember member in Members)
        {
            member.Session.Stop();
        }

        _pending.ForEach(pending => pending.Deadline.Stop());
    }

    private ErrorCode CheckMember(string memberId, string? instanceId)
    {
        if (instanceId is not null && _members.FindStatic(instanceId) is { } known && known.Id != memberId)
        {
            return ErrorCode.FencedInstanceId;
        }

        bool isKnown = (instanceId is null || _members.FindStatic(instanceId) is not null) && _members.Find(memberId) is not null;
        return isKnown ? ErrorCode.None : ErrorCode.UnknownMemberId;
    }

    private ErrorCode CheckSync(SyncGroupRequest request)
    {
        ErrorCode error = CheckMember(request.MemberId, request.GroupInstanceId);
        if (error != ErrorCode.None)
        {
            return error;
        }

        if (request.GenerationId != Generation)
        {
            return ErrorCode.IllegalGeneration;
        }

        bool isConsistent = (request.ProtocolType is null || request.ProtocolType == _protocolType)
            && (request.ProtocolName is null || request.ProtocolName == Protocol);
        return isConsistent ? ErrorCode.None : ErrorCode.InconsistentGroupProtocol;
    }

    /// <summary>An administrator names the instance alone (KIP-345).</summary>
    private ErrorCode Leave(LeaveGroupRequest.MemberIdentity identity)
    {
        if (RemovePending(identity.MemberId))
        {
            return ErrorCode.None;
        }

        ClassicMember? member;
        if (identity.MemberId.Length == 0)
        {
            member = identity.GroupInstanceId is null ? null : _members.FindStatic(identity.GroupInstanceId);
            if (member is null)
            {
                return ErrorCode.UnknownMemberId;
            }
        }
        else
        {
            ErrorCode error = CheckMember(identity.MemberId, identity.GroupInstanceId);
            if (error != ErrorCode.None)
            {
                return error;
            }

            member = _members.Find(identity.MemberId)!;
        }

        _cluster.Log.Write($"group {Id}: member {member.Id} leaves");
        member.RefuseJoin(ErrorCode.UnknownMemberId, "");

        // A broker forgets a SyncGroup that waits here, and its client waits until it gives up.
        member.AnswerSync(new SyncGroupResponse { ErrorCode = (short)ErrorCode.UnknownMemberId });
        Drop(member);
        return ErrorCode.None;
    }

    /// <summary>What the members told in the protocol of the generation. Only the oldest form is read, which every newer one begins with.</summary>
    private HashSet<string>? ReadSubscribedTopics()
    {
        if (_protocolType != ConsumerProtocolType || (Protocol is null && Members.Count > 0))
        {
            return null;
        }

        try
        {
            HashSet<string> topics = new(StringComparer.Ordinal);
            foreach (ClassicMember member in Members)
            {
                KafkaReader reader = new(member.MetadataOf(Protocol!));
                reader.ReadInt16();
                topics.UnionWith(ConsumerProtocolSubscription.Read(ref reader, 0).Topics);
            }

            return topics;
        }
        catch (KafkaProtocolException error)
        {
            _cluster.Log.Write($"group {Id}: what its members consume cannot be read: {error.Message}");
            return null;
        }
    }
}
