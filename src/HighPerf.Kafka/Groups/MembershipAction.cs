using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Groups;

/// <summary>One thing that the membership machine wants done, with what the kind needs.</summary>
internal readonly record struct MembershipAction(MembershipActionKind Kind)
{
    public string MemberId { get; init; } = "";

    public int Generation { get; init; } = -1;

    public TimeSpan Deadline { get; init; }

    public string? Reason { get; init; }

    public bool MayCommit { get; init; }

    public bool IsBeside { get; init; }

    public ErrorCode Code { get; init; }

    public KafkaException? Error { get; init; }

    public JoinGroupResponse? Joined { get; init; }

    public string? Protocol { get; init; }

    public List<SyncGroupRequest.SyncGroupRequestAssignment>? Assignments { get; init; }

    public IReadOnlyList<TopicPartition>? Partitions { get; init; }
}
