using Microsoft.Extensions.Logging;

namespace HighPerf.Kafka.Diagnostics;

/// <summary>What connections log.</summary>
internal static partial class ConnectionLog
{
    [LoggerMessage(EventId = 100, Level = LogLevel.Debug, Message = "Connecting to {Broker} for {Role}")]
    public static partial void Connecting(this ILogger logger, object broker, object role);

    [LoggerMessage(EventId = 101, Level = LogLevel.Debug, Message = "Connected to {Broker} for {Role}, ApiVersions v{Version}")]
    public static partial void Connected(this ILogger logger, object broker, object role, short version);

    [LoggerMessage(EventId = 102, Level = LogLevel.Warning, Message = "Connection to {Broker} for {Role} failed: {Reason}")]
    public static partial void ConnectionFailed(this ILogger logger, object broker, object role, string reason);

    [LoggerMessage(EventId = 103, Level = LogLevel.Debug, Message = "Connection to {Broker} for {Role} closed")]
    public static partial void ConnectionClosed(this ILogger logger, object broker, object role);

    [LoggerMessage(EventId = 104, Level = LogLevel.Debug, Message = "{Broker} cannot read ApiVersions v{Version}; trying v{Next}")]
    public static partial void NegotiationFallback(this ILogger logger, object broker, short version, short next);

    [LoggerMessage(EventId = 105, Level = LogLevel.Information, Message = "{Broker} throttles {Role} for {Milliseconds} ms")]
    public static partial void Throttled(this ILogger logger, object broker, object role, int milliseconds);
}
