using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Configs;
using HighPerf.Kafka.Testing.Releases;

namespace HighPerf.Kafka.Testing;

/// <summary>How an embedded cluster is set up. Read once, when the cluster starts.</summary>
public sealed class KafkaTestClusterOptions
{
    private const int SmallestFrameLimit = 1024;
    private const int LargestFrameLimit = 1024 * 1024 * 1024;
    private const int MaxBrokers = 100;

    /// <summary>How many brokers the cluster has, 1 to 100; their ids begin with 1. Default: 1.</summary>
    public int Brokers { get; set; } = 1;

    /// <summary>How clients reach the cluster. Default: TCP.</summary>
    public KafkaTestTransport Transport { get; set; }

    /// <summary>The host name or address that the broker listens on and tells to clients. Default: 127.0.0.1.</summary>
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>The port of the first broker, the others take the ones after it; 0 (the default) takes free ones.</summary>
    public int Port { get; set; }

    /// <summary>Whether a topic that a client asks for by name comes into being (when the client's request allows it, too). Default: true.</summary>
    public bool AutoCreateTopics { get; set; } = true;

    /// <summary>How many partitions a topic gets when nobody says. Default: 1.</summary>
    public int DefaultPartitions { get; set; } = 1;

    /// <summary>How many brokers have a copy of a topic when nobody says, at most as many as there are brokers. Default: 1, as Apache Kafka has it.</summary>
    public int DefaultReplicationFactor { get; set; } = 1;

    /// <summary>The racks that brokers stand in, by their ids. A broker that is not named has none. Default: empty.</summary>
    public SortedDictionary<int, string> Racks { get; } = [];

    /// <summary>How long followers take to get what was written, and so how long a producer with acks all waits. Default: no time.</summary>
    public TimeSpan ReplicationDelay { get; set; }

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
    /// How long after the end of a transaction its markers are written to the partitions. Until then read_committed consumers wait, and a producer that goes on
    /// is told CONCURRENT_TRANSACTIONS. Default: no time, though always after the answer.
    /// </summary>
    public TimeSpan TransactionMarkerDelay { get; set; }

    /// <summary>
    /// How long the first rebalance of an empty classic group waits for more members; each one that comes makes it wait again, up to the members' rebalance
    /// timeout. Default: zero, where Apache Kafka has three seconds. (The least session timeout is smaller than Apache Kafka's, too: 10 milliseconds; the
    /// broker setting <c>group.min.session.timeout.ms</c> changes it.)
    /// </summary>
    public TimeSpan GroupInitialRebalanceDelay { get; set; }

    /// <summary>
    /// Whether a partition keeps only its newest bytes, whatever <see cref="RetentionBytes"/> says: for measuring producers, where nobody reads again what was
    /// written. Default: false.
    /// </summary>
    public bool Discard { get; set; }

    /// <summary>
    /// Further broker settings, as in a real broker's <c>server.properties</c>: <c>group.initial.rebalance.delay.ms</c>, <c>min.insync.replicas</c>, ... What
    /// has an option of its own is taken from this list when it stands in both.
    /// </summary>
    public SortedDictionary<string, string> BrokerSettings { get; } = new(StringComparer.Ordinal);

    /// <summary>The release of Apache Kafka that the brokers pass for; null (the default): 4.1. Set by <see cref="AsKafka"/>.</summary>
    public string? KafkaVersion { get; private set; }

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

    /// <summary>
    /// Lets the brokers pass for another release of Apache Kafka: they tell, and take, exactly the versions and features that the brokers of that release tell.
    /// Versions that Kafka 4.0 removed from the protocol are told but not taken.
    /// </summary>
    /// <param name="release">From "2.1" to "4.3"; or "trunk": everything that the protocol has, whether released or not.</param>
    /// <returns>These options.</returns>
    /// <exception cref="ArgumentException">The release is not known.</exception>
    public KafkaTestClusterOptions AsKafka(string release)
    {
        KafkaVersion = new KafkaRelease(release).Name;
        return this;
    }

    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(Host);
        ArgumentOutOfRangeException.ThrowIfNegative(Port);
        ArgumentOutOfRangeException.ThrowIfLessThan(Brokers, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Brokers, MaxBrokers);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Port, ushort.MaxValue - (Brokers - 1));
        ArgumentOutOfRangeException.ThrowIfLessThan(DefaultPartitions, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(DefaultPartitions, TopicRegistry.MaxPartitions);
        ArgumentOutOfRangeException.ThrowIfLessThan(DefaultReplicationFactor, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(DefaultReplicationFactor, Brokers);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReplicationDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxMessageBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxFrameBytes, SmallestFrameLimit);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxFrameBytes, LargestFrameLimit);
        ArgumentOutOfRangeException.ThrowIfLessThan(RetentionBytes, -1);
        ArgumentOutOfRangeException.ThrowIfLessThan(TransactionMarkerDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(GroupInitialRebalanceDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(GroupInitialRebalanceDelay, TimeSpan.FromMilliseconds(int.MaxValue));
        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentOutOfRangeException.ThrowIfNegative(RecordedBytes);
        foreach ((int broker, string rack) in Racks)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(broker, 1, nameof(Racks));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(broker, Brokers, nameof(Racks));
            ArgumentException.ThrowIfNullOrEmpty(rack, nameof(Racks));
        }

        foreach ((string name, string value) in BrokerSettings)
        {
            ConfigSetting setting = Configs.BrokerSettings.Find(name)
                ?? throw new ArgumentException($"The embedded cluster has no broker setting {name}.", nameof(BrokerSettings));
            if (setting.Check(value) is { } wrong)
            {
                throw new ArgumentException(wrong, nameof(BrokerSettings));
            }
        }
    }
}
