using HighPerf.Kafka.Connections;

namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>What callers are told when an offset is not committed: what, where, why, and what to do. Stateless.</summary>
internal static class CommitErrors
{
    public static KafkaBrokerException Refused(ErrorCode code, in CommitEntry entry, int count, CommitSettings settings, CommitIdentity identity)
    {
        string more = count > 1 ? $" ({count - 1} more partitions likewise)" : "";
        return new KafkaBrokerException(
            code, ApiKey.OffsetCommit, entry.Slot.Partition, null,
            $"offset {entry.Point.Offset} of {Who(settings, identity)} is not committed{more}{Advice(code, identity)}");
    }

    /// <summary>G6.</summary>
    public static KafkaException Missing(in CommitEntry entry, CommitSettings settings) => new(
        $"The coordinator's answer to OffsetCommit does not hold {entry.Slot.Partition}, whose offset {entry.Point.Offset} was to be committed in group "
        + $"\"{settings.GroupId}\": whether it is committed is not known. Commit again.");

    public static InvalidOperationException NotAssigned(TopicPartition partition, long offset, CommitSettings settings) => new(
        $"Offset {offset} of {partition} was not committed in group \"{settings.GroupId}\": the partition is not assigned to this consumer (any more). "
        + "Commit only for partitions that are assigned.");

    public static InvalidOperationException Superseded(in GivenOffset given, in CommitPoint acked, CommitSettings settings) => new(
        $"Offset {given.Offset} of {given.Partition} with leader epoch {given.LeaderEpoch} was not committed in group \"{settings.GroupId}\": offset "
        + $"{acked.Offset} of leader epoch {acked.Epoch} is committed, and that epoch's leader does not have the record any more. Use RewindAsync to go back.");

    public static KafkaException GoneBeforeCommit(in CommitEntry entry, CommitSettings settings, KafkaException? why) => new(
        $"Commit of {entry.Slot.Partition}@{entry.Point.Offset} refused: the partition is not assigned any more (group \"{settings.GroupId}\"). Records after "
        + $"offset {Math.Max(0, entry.Slot.Acked.Offset)} will be read again by its new owner.{(why is null ? "" : " " + why.Message)}", why);

    public static KafkaTimeoutException TimedOut(CommitSettings settings, bool isGateOpen, KafkaException? last)
    {
        string why = last is not null ? last.Message
            : isGateOpen ? "The coordinator did not answer."
            : "The group is rebalancing: nothing can be committed between JoinGroup and SyncGroup.";
        return new KafkaTimeoutException(
            $"The commit in group \"{settings.GroupId}\" was not acknowledged within {ConnectionErrors.Seconds(settings.CallTimeout)}. {why} It may still be "
            + "committed; the offsets stay stored.", last);
    }

    public static KafkaTimeoutException NotGivenUpInTime(CursorSlot slot, CommitSettings settings, KafkaException? last) => new(
        $"{slot.Partition} was given up before its offset {slot.Target.Offset} was known to be committed in group \"{settings.GroupId}\": the time for that is "
        + $"over. Records after offset {Math.Max(0, slot.Acked.Offset)} may be read again by its new owner.{(last is null ? "" : " " + last.Message)}", last);

    public static ObjectDisposedException Closed(CommitSettings settings) => new(
        "KafkaConsumer", $"The commit in group \"{settings.GroupId}\" did not end before the consumer was closed. It may or may not be committed.");

    private static string Who(CommitSettings settings, CommitIdentity identity) => identity.IsMember
        ? $"group \"{settings.GroupId}\" (generation {identity.Generation}, member {identity.MemberId})"
        : $"group \"{settings.GroupId}\"";

    private static string Advice(ErrorCode code, CommitIdentity identity) => code switch
    {
        ErrorCode.OffsetMetadataTooLarge => "; the broker allows less metadata (offset.metadata.max.bytes)",
        ErrorCode.TopicAuthorizationFailed => "; the principal needs READ on the topic",
        ErrorCode.GroupAuthorizationFailed => "; the principal needs READ on the group",
        ErrorCode.FencedInstanceId => "; another member has taken the group instance id",
        ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration when !identity.IsMember =>
            "; the group has members, so partitions that were assigned by hand cannot be committed in it: use another group id, or subscribe",
        _ => "",
    };
}
