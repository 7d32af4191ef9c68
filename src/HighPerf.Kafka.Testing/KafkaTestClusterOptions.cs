using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing;

/// <summary>How an embedded cluster is set up. Read once, when the cluster starts.</summary>
public sealed class KafkaTestClusterOptions
{
    private const int SmallestFrameLimit = 1024;
    private const int LargestFrameLimit = 1024 * 1024 * 1024;

    /// <summary>How clients reach the cluster. Default: TCP.</summary>
    public KafkaTestTransport Transport { get; set; }

    /// <summary>The host name or address that the broker listens on and tells to clients. Default: 127.0.0.1.</summary>
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>The port of the broker; 0 (the default) takes a free one.</summary>
    public int Port { get; set; }

    /// <summary>Whether a topic that a client asks for by name comes into being (when the client's request allows it, too). Default: true.</summary>
    public bool AutoCreateTopics { get; set; } = true;

    /// <summary>How many partitions a topic gets when nobody says. Default: 1.</summary>
    public int DefaultPartitions { get; set; } = 1;

    /// <summary>
    /// The largest record batch in bytes that a topic takes unless its <c>max.message.bytes</c> says otherwise. Default: 1,048,588, as Apache Kafka has it.
    /// </summary>
    public int MaxMessageBytes { get; set; } = 1_048_588;

    /// <summary>The largest request frame in bytes; a connection that announces a larger one is closed. Default: 100 MiB.</summary>
    public int MaxFrameBytes { get; set; } = 100 * 1024 * 1024;

    /// <summary>
    /// How many bytes of records a partition keeps unless its topic's <c>retention.bytes</c> says otherwise; the oldest go first, in whole segments. -1 (the
    /// default) keeps all.
    /// </summary>
    public long RetentionBytes { get; set; } = -1;

    /// <summary>
    /// Where the broker says what it would log: closed connections with the reason, created topics. Called on the cluster's own loop, one line at a time: it
    /// should be quick, and what it throws is ignored. Default: nowhere.
    /// </summary>
    public Action<string>? Log { get; set; }

    /// <summary>
    /// The clock and the timers of the cluster: record times, long polls, sessions, timeouts. With one of your own, time passes when you say so. Default: the
    /// system's.
    /// </summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// Whether requests and answers are recorded for <see cref="KafkaTestCluster.Requests"/>. Default: true. Turn it off where speed is measured: it copies
    /// every byte.
    /// </summary>
    public bool RecordRequests { get; set; } = true;

    /// <summary>How many bytes of requests and answers are recorded; the oldest are forgotten first. Default: 16 MiB.</summary>
    public long RecordedBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>
    /// Told of every request when it is answered or lost. Called on the cluster's own loop: it should be quick, and what it throws is ignored. Default: nobody.
    /// </summary>
    public Action<RecordedRequest>? OnRequest { get; set; }

    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(Host);
        ArgumentOutOfRangeException.ThrowIfNegative(Port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Port, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfLessThan(DefaultPartitions, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(DefaultPartitions, TopicRegistry.MaxPartitions);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxMessageBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxFrameBytes, SmallestFrameLimit);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxFrameBytes, LargestFrameLimit);
        ArgumentOutOfRangeException.ThrowIfLessThan(RetentionBytes, -1);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentOutOfRangeException.ThrowIfNegative(RecordedBytes);
    }
}
