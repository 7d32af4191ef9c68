namespace HighPerf.Kafka.Administration;

/// <summary>What coordinators call states and types, and what their errors mean to somebody who looks after a group. Stateless.</summary>
internal static class GroupWords
{
    public static GroupState State(string? text) => Parse<GroupState>(text);

    public static GroupType Type(string? text) => Parse<GroupType>(text);

    /// <summary>What to do about an error; null when its name says all.</summary>
    public static string? Advice(ErrorCode error) => error switch
    {
        ErrorCode.GroupIdNotFound => "the group does not exist: nobody has joined it, and nothing is committed for it. Check its spelling",
        ErrorCode.NonEmptyGroup => "the group has members. Stop them first",
        ErrorCode.UnknownMemberId or ErrorCode.IllegalGeneration or ErrorCode.StaleMemberEpoch or ErrorCode.RebalanceInProgress =>
            "the group has members, and only they commit. Stop them first",
        ErrorCode.GroupSubscribedToTopic => "a member of the group reads the topic. Stop it first",
        ErrorCode.UnknownTopicOrPartition => "there is no such partition",
        _ => null,
    };

    private static T Parse<T>(string? text)
        where T : struct, Enum => Enum.TryParse(text, ignoreCase: true, out T value) && Enum.IsDefined(value) ? value : default;
}
