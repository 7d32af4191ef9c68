using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Groups;

/// <summary>One group: what every kind has. Owner: the cluster's loop.</summary>
internal abstract class Group
{
    protected Group(string id, GroupOffsets offsets)
    {
        Id = id;
        Offsets = offsets;
    }

    public string Id { get; }

    public abstract GroupKind Kind { get; }

    /// <summary>The state as ListGroups and DescribeGroups tell it.</summary>
    public abstract string State { get; }

    /// <summary>What the group committed. It stays when the group changes its kind.</summary>
    public GroupOffsets Offsets { get; }

    /// <summary>What kind of clients the members are, as ListGroups and DescribeGroups tell it; empty when nobody has said yet.</summary>
    public virtual string ProtocolType => "consumer";

    /// <summary>Whether nobody is a member: the group can be deleted, or replaced by one of another kind.</summary>
    public abstract bool IsEmpty { get; }

    /// <summary>Judges an OffsetCommit or TxnOffsetCommit by the membership it names; a generation or epoch below 0 names none.</summary>
    public abstract ErrorCode CheckCommit(string memberId, string? instanceId, int generationOrEpoch, short version, bool isTransactional);

    /// <summary>Judges an OffsetFetch by the membership it names (KIP-848); an epoch below 0 names none.</summary>
    public abstract ErrorCode CheckFetch(string? memberId, int memberEpoch);

    /// <summary>Whether members consume the topic, so that its offsets may not be deleted.</summary>
    public abstract bool IsSubscribedTo(string topic);

    /// <summary>Takes members out (LeaveGroup), in the order of the request.</summary>
    public virtual List<LeaveGroupResponse.MemberResponse> Leave(List<LeaveGroupRequest.MemberIdentity> leaving) => RefuseToLeave(leaving);

    /// <summary>What a group answers that knows none of the members.</summary>
    public static List<LeaveGroupResponse.MemberResponse> RefuseToLeave(List<LeaveGroupRequest.MemberIdentity> leaving) =>
        leaving.ConvertAll(identity => new LeaveGroupResponse.MemberResponse
        {
            MemberId = identity.MemberId,
            GroupInstanceId = identity.GroupInstanceId,
            ErrorCode = (short)ErrorCode.UnknownMemberId,
        });

    /// <summary>Since when a committed offset is of no use, milliseconds since 1970; null: it still is.</summary>
    public virtual long? ExpiresFrom(CommittedOffset committed) => committed.CommitTimeMs;

    /// <summary>The coordinator moved: what is parked is answered NOT_COORDINATOR.</summary>
    public abstract void OnCoordinatorMoved();

    /// <summary>The group is deleted or replaced by one of another kind: timers end.</summary>
    public abstract void Retire();
}
