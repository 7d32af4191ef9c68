using Microsoft.Extensions.Logging;

namespace HighPerf.Kafka.Diagnostics;

/// <summary>What the consuming room logs.</summary>
internal static partial class ConsumerLog
{
    [LoggerMessage(EventId = 400, Level = LogLevel.Error, Message = "A rebalance listener threw; the rebalance goes on")]
    public static partial void RebalanceListenerFailed(this ILogger logger, Exception exception);

    [LoggerMessage(
        EventId = 401, Level = LogLevel.Warning,
        Message = "Group {Group}: records of {Partitions} were still in processing when they had to be given up; their new owner reads them again")]
    public static partial void ProcessingOverran(this ILogger logger, string group, string partitions);

    [LoggerMessage(
        EventId = 402, Level = LogLevel.Information,
        Message = "Group {Group}, generation {Generation}: {Added} partitions added, {Removed} given up")]
    public static partial void Assigned(this ILogger logger, string group, int generation, int added, int removed);

    [LoggerMessage(EventId = 403, Level = LogLevel.Warning, Message = "Group {Group}: {Count} partitions are lost: {Reason}")]
    public static partial void PartitionsLost(this ILogger logger, string group, int count, string reason);

    [LoggerMessage(
        EventId = 404, Level = LogLevel.Warning,
        Message = "Group {Group}: nothing was asked for within the {Interval} of MaxPollInterval; the consumer leaves the group until it is asked again")]
    public static partial void ProcessingOverdue(this ILogger logger, string group, TimeSpan interval);

    [LoggerMessage(EventId = 405, Level = LogLevel.Error, Message = "A handler failed, its lane has stopped")]
    public static partial void LaneStopped(this ILogger logger, Exception exception);

    [LoggerMessage(EventId = 406, Level = LogLevel.Warning, Message = "Group {Group}: not everything was committed before partitions were given up: {Reason}")]
    public static partial void NotCommitted(this ILogger logger, string group, string reason);
}
