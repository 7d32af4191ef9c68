using Microsoft.Extensions.Logging;

namespace HighPerf.Kafka.Diagnostics;

/// <summary>What the producing room logs.</summary>
internal static partial class ProducerLog
{
    [LoggerMessage(EventId = 300, Level = LogLevel.Error, Message = "A delivery handler threw; the record's outcome stands")]
    public static partial void HandlerFailed(this ILogger logger, Exception exception);
}
