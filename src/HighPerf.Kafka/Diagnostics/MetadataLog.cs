using Microsoft.Extensions.Logging;

namespace HighPerf.Kafka.Diagnostics;

/// <summary>What the metadata room logs.</summary>
internal static partial class MetadataLog
{
    [LoggerMessage(EventId = 200, Level = LogLevel.Debug, Message = "Metadata generation {Generation}: {Brokers} brokers, {Topics} topics told")]
    public static partial void Refreshed(this ILogger logger, long generation, int brokers, int topics);

    [LoggerMessage(EventId = 201, Level = LogLevel.Warning, Message = "Metadata cannot be refreshed: {Reason}")]
    public static partial void RefreshFailed(this ILogger logger, string reason);

    [LoggerMessage(EventId = 202, Level = LogLevel.Debug, Message = "The coordinator of {Type} {Key} is {Broker}")]
    public static partial void CoordinatorFound(this ILogger logger, object type, string key, object broker);
}
