using HighPerf.Kafka.Runtime;
using Microsoft.Extensions.Logging;

namespace HighPerf.Kafka;

/// <summary>
/// What a <see cref="KafkaClient"/> is told. Read once, when the client is made; later changes have no effect on it. The values are checked then.
/// </summary>
public sealed class KafkaClientOptions
{
    /// <summary>
    /// Where to ask for the cluster first: <c>host:port</c> pairs separated by commas, IPv6 addresses in brackets (<c>[::1]:9092</c>); the port is 9092 when
    /// left out.
    /// Two or three of a cluster's brokers are enough; the rest is learned from them.
    /// </summary>
    public required string BootstrapServers { get; set; }

    /// <summary>The name under which brokers account for this client in quotas, metrics and logs.</summary>
    public string ClientId { get; set; } = "highperf-kafka";

    /// <summary>How bytes are carried; null for TCP. Pass the one an embedded cluster gives to test without a network.</summary>
    public ITransport? Transport { get; set; }

    /// <summary>Where logs go; null for nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>The clock that timeouts, back-off times and the timestamps of records follow; null for the system's.</summary>
    public TimeProvider? TimeProvider { get; set; }

    /// <summary>How long connecting to a broker and agreeing on versions may take. Default 10 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a broker may take to answer a request, queueing included; beyond the time a request itself asks the broker to wait. Default 30 s.
    /// </summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long an operation as a whole (finding a topic, creating one, looking up a coordinator), retries included, may take. Default 60 s.
    /// </summary>
    public TimeSpan OperationTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The delay before reconnecting to a broker after the first failure; doubles with each further one. Default 50 ms.</summary>
    public TimeSpan ReconnectBackoff { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest delay before reconnecting. Default 1 s.</summary>
    public TimeSpan ReconnectBackoffMax { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The delay before a request that was refused with a retriable error is tried again. Default 100 ms.</summary>
    public TimeSpan RetryBackoff { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How old the view of the cluster may become before it is refreshed without a cause. Default 5 minutes.</summary>
    public TimeSpan MetadataMaxAge { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Whether asking for a topic that does not exist may create it, where the brokers allow that. Default false: a misspelt name is an error, not a
    /// new topic.
    /// </summary>
    public bool AllowAutoTopicCreation { get; set; }

    /// <summary>
    /// The largest answer that is accepted, in bytes. A broker that announces more is not believed: the connection is closed. Default 128 MiB.
    /// </summary>
    public int MaxResponseBytes { get; set; } = 128 * 1024 * 1024;

    /// <summary>How many requests may wait for their answers on one connection, 1 to 1,000. Default 5.</summary>
    public int MaxInFlightRequests { get; set; } = 5;

    /// <summary>What the client keeps: later changes of the original do not reach it.</summary>
    internal KafkaClientOptions Copy() => (KafkaClientOptions)MemberwiseClone();

    /// <summary>Checks every value but the servers, whose text is read where they are used.</summary>
    /// <exception cref="ArgumentException">Names the option, its value and what it may be.</exception>
    internal void Validate()
    {
        if (string.IsNullOrEmpty(ClientId) || ClientId.Length > 255)
        {
            throw new ArgumentException("ClientId must be 1 to 255 characters.", nameof(ClientId));
        }

        CheckTime(ConnectTimeout, nameof(ConnectTimeout));
        CheckTime(RequestTimeout, nameof(RequestTimeout));
        CheckTime(OperationTimeout, nameof(OperationTimeout));
        CheckTime(ReconnectBackoff, nameof(ReconnectBackoff));
        CheckTime(ReconnectBackoffMax, nameof(ReconnectBackoffMax));
        CheckTime(RetryBackoff, nameof(RetryBackoff));
        CheckTime(MetadataMaxAge, nameof(MetadataMaxAge));
        if (ReconnectBackoffMax < ReconnectBackoff)
        {
            throw new ArgumentException(
                $"ReconnectBackoffMax ({ReconnectBackoffMax}) is shorter than ReconnectBackoff ({ReconnectBackoff}).", nameof(ReconnectBackoffMax));
        }

        CheckRange(MaxResponseBytes, 1024, int.MaxValue - 1024, nameof(MaxResponseBytes));
        CheckRange(MaxInFlightRequests, 1, 1000, nameof(MaxInFlightRequests));
    }

    private static void CheckTime(TimeSpan value, string name)
    {
        if (value < TimeSpan.FromMilliseconds(1) || value > TimeSpan.FromDays(24))
        {
            throw new ArgumentException($"{name} is {value}; it must be from 1 ms to 24 days.", name);
        }
    }

    private static void CheckRange(int value, int lowest, int highest, string name)
    {
        if (value < lowest || value > highest)
        {
            throw new ArgumentException($"{name} is {value}; it must be from {lowest} to {highest}.", name);
        }
    }
}
