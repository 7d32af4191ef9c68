namespace HighPerf.Kafka.Testing.Groups;

/// <summary>A group without members: only its offsets. Owner: the cluster's loop.</summary>
internal sealed class ClassicGroup : Group
{
    /// <summary>From this version of OffsetCommit on (KIP-848) a group that does not exist has an error of its own.</summary>
    private const short FirstGroupNotFoundVersion = 9;

    public ClassicGroup(string id, GroupOffsets offsets)
        : base(id, offsets)
    {
    }

    public override GroupKind Kind => GroupKind.Classic;

    public override string State => "Empty";

    public override bool IsEmpty => true;

    public override ErrorCode CheckCommit(string memberId, string? instanceId, int generationOrEpoch, short version, bool isTransactional)
    {
        if (generationOrEpoch < 0)
        {
            return ErrorCode.None;
        }

        return version >= FirstGroupNotFoundVersion ? ErrorCode.GroupIdNotFound : ErrorCode.IllegalGeneration;
    }

    public override ErrorCode CheckFetch(string? memberId, int memberEpoch) => memberEpoch < 0 ? ErrorCode.None : ErrorCode.UnknownMemberId;

    public override bool IsSubscribedTo(string topic) => false;

    public override void OnCoordinatorMoved()
    {
    }

    public override void Retire()
    {
    }
}
