using Microsoft.Extensions.Logging;

namespace HighPerf.Kafka.Diagnostics;

/// <summary>What consumers log of their groups.</summary>
internal static partial class GroupLog
{
    [LoggerMessage(EventId = 450, Level = LogLevel.Information, Message = "Group {Group}: member {MemberId} joins: {Reason}")]
    public static partial void Joining(this ILogger logger, string group, string memberId, string? reason);

    [LoggerMessage(
        EventId = 451,
        Level = LogLevel.Information,
        Message = "Group {Group}: member {MemberId} has {Partitions} partitions in generation {Generation}")]
    public static partial void Assigned(this ILogger logger, string group, string memberId, int partitions, int generation);

    [LoggerMessage(EventId = 452, Level = LogLevel.Warning, Message = "Group {Group}: the partitions of this consumer are lost: {Reason}")]
    public static partial void Lost(this ILogger logger, string group, string reason);

    [LoggerMessage(EventId = 453, Level = LogLevel.Error, Message = "Group {Group}: the membership is over: {Reason}")]
    public static partial void MembershipFailed(this ILogger logger, string group, string reason);

    [LoggerMessage(
        EventId = 454,
        Level = LogLevel.Warning,
        Message = "Group {Group}: the subscription of member {MemberId} cannot be read, it gets nothing: {Reason}")]
    public static partial void MemberUnreadable(this ILogger logger, string group, string memberId, string reason);

    [LoggerMessage(EventId = 455, Level = LogLevel.Warning, Message = "Group {Group}: topic {Topic} is left out of the assignment: {Reason}")]
    public static partial void TopicLeftOut(this ILogger logger, string group, string topic, string reason);
}
