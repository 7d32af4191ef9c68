namespace HighPerf.Kafka;

/// <summary>
/// How a producer works. The defaults are safe: idempotent, acknowledged by every in-sync replica, never reordered. Read once, when the producer is
/// made.
/// </summary>
public sealed class ProducerOptions
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    /// <summary>Who must have a record before it is acknowledged.</summary>
    public Acks Acks { get; set; } = Acks.All;

    /// <summary>
    /// Whether the broker drops duplicates that retries would make. Needs <see cref="Acks.All"/>. Null, the default: on when <see cref="Acks"/> is
    /// <see cref="Acks.All"/>.
    /// </summary>
    public bool? EnableIdempotence { get; set; }

    /// <summary>
    /// How long a batch waits for more records. Zero, the default, is natural batching: what is there is sent while the broker has a free request
    /// slot, and gathers otherwise.
    /// </summary>
    public TimeSpan Linger { get; set; }

    /// <summary>
    /// The size at which a batch is full, in bytes before compression; at most <see cref="MaxRequestSizeBytes"/>. A record larger than this goes in a batch
    /// of its own.
    /// </summary>
    public int BatchSizeBytes { get; set; } = 256 * 1024;

    /// <summary>The largest record, and the largest request, in bytes before compression. The broker has limits of its own.</summary>
    public int MaxRequestSizeBytes { get; set; } = 1024 * 1024;

    /// <summary>The most memory that records which are not acknowledged yet may take, in bytes.</summary>
    public long BufferMemoryBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>How batches are compressed.</summary>
    public CompressionType Compression { get; set; }

    /// <summary>The level, in the codec's own numbers; null for the codec's default.</summary>
    public int? CompressionLevel { get; set; }

    /// <summary>The most produce requests that wait for an answer at each broker. At most 5 with idempotence.</summary>
    public int MaxInFlightRequestsPerBroker { get; set; } = 5;

    /// <summary>How long a broker may take to answer one request.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a record may take from the send to its acknowledgement, with linger, waiting and retries. Afterwards it fails. The records of a batch fail
    /// together, when the time of the first of them is over; a batch that cannot be sent takes no more after a tenth of it at most.
    /// </summary>
    public TimeSpan DeliveryTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long a send to a topic that was never there waits while the brokers answer that it does not exist, from their first such answer on: a topic that
    /// is just being created is unknown at first. Afterwards the send fails with <see cref="ErrorCode.UnknownTopicOrPartition"/>; zero fails at once. Time in
    /// which no broker answers does not count; <see cref="DeliveryTimeout"/> ends any wait. A topic that the producer has known before and that disappears
    /// fails nothing for that: its records wait for it until their <see cref="DeliveryTimeout"/>. Default: 10 seconds. (The Java client waits max.block.ms,
    /// one minute.)
    /// </summary>
    public TimeSpan UnknownTopicTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The wait before a refused batch is sent again.</summary>
    public TimeSpan RetryBackoff { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long <c>DisposeAsync</c> waits for records that are not acknowledged yet, before it fails them.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How partitions are chosen for records that do not name one. Null, the default: a key decides by its murmur2 hash, as in every Kafka client; records
    /// without a key stick to one partition for <see cref="BatchSizeBytes"/> and then go to another (KIP-480, KIP-794). See <see cref="Partitioners"/>.
    /// </summary>
    public IPartitioner? Partitioner { get; set; }

    /// <summary>
    /// Whether records without a key prefer partitions where less waits: each is chosen with a probability inverse to its batches that are not
    /// acknowledged yet, so that a slow broker is sent less (KIP-794). Otherwise all are alike.
    /// </summary>
    public bool EnableAdaptivePartitioning { get; set; } = true;

    /// <summary>
    /// How long a broker that has produce requests to take or to answer may do neither, before records without a key go to other brokers' partitions
    /// (KIP-794). Zero, the default: for ever; only partitions without a leader are avoided.
    /// </summary>
    public TimeSpan PartitionAvailabilityTimeout { get; set; }

    internal bool IsIdempotent => EnableIdempotence ?? Acks == Acks.All;

    internal ProducerOptions Validated()
    {
        ProducerOptions copy = (ProducerOptions)MemberwiseClone();
        Require(Acks is Acks.All or Acks.None or Acks.Leader, nameof(Acks), Acks, "All, None or Leader");
        Require(EnableIdempotence is not true || Acks == Acks.All, nameof(EnableIdempotence), true, "false unless Acks is All");
        Require(Linger >= TimeSpan.Zero && Linger <= TimeSpan.FromMinutes(1), nameof(Linger), Linger, "between zero and one minute");
        Require(BatchSizeBytes is >= 1024 and <= 64 * 1024 * 1024, nameof(BatchSizeBytes), BatchSizeBytes, "between 1 KiB and 64 MiB");
        Require(MaxRequestSizeBytes is >= 1024 and <= 512 * 1024 * 1024, nameof(MaxRequestSizeBytes), MaxRequestSizeBytes, "between 1 KiB and 512 MiB");
        string atLeast = $"at least MaxRequestSizeBytes ({MaxRequestSizeBytes})";
        Require(BufferMemoryBytes >= MaxRequestSizeBytes, nameof(BufferMemoryBytes), BufferMemoryBytes, atLeast);
        Require(Enum.IsDefined(Compression), nameof(Compression), Compression, "one of CompressionType");
        int slots = IsIdempotent ? 5 : 64;
        Require(MaxInFlightRequestsPerBroker >= 1 && MaxInFlightRequestsPerBroker <= slots, nameof(MaxInFlightRequestsPerBroker), MaxInFlightRequestsPerBroker,
            $"between 1 and {slots}");
        bool isTimeoutFine = RequestTimeout > TimeSpan.Zero && RequestTimeout <= TimeSpan.FromHours(1);
        Require(isTimeoutFine, nameof(RequestTimeout), RequestTimeout, "above zero, at most one hour");
        Require(DeliveryTimeout >= RequestTimeout + Linger, nameof(DeliveryTimeout), DeliveryTimeout, "at least RequestTimeout + Linger");
        Require(DeliveryTimeout <= Longest, nameof(DeliveryTimeout), DeliveryTimeout, "at most 24 days");
        Require(UnknownTopicTimeout >= TimeSpan.Zero && UnknownTopicTimeout <= Longest, nameof(UnknownTopicTimeout), UnknownTopicTimeout,
            "zero or more, at most 24 days");
        Require(CloseTimeout >= TimeSpan.Zero && CloseTimeout <= Longest, nameof(CloseTimeout), CloseTimeout, "zero or more, at most 24 days");
        Require(RetryBackoff >= TimeSpan.Zero && RetryBackoff <= TimeSpan.FromHours(1), nameof(RetryBackoff), RetryBackoff, "zero or more, at most one hour");
        bool isAvailabilityFine = PartitionAvailabilityTimeout >= TimeSpan.Zero && PartitionAvailabilityTimeout <= Longest;
        Require(isAvailabilityFine, nameof(PartitionAvailabilityTimeout), PartitionAvailabilityTimeout, "zero or more, at most 24 days");
        copy.BatchSizeBytes = Math.Min(BatchSizeBytes, MaxRequestSizeBytes);
        return copy;
    }

    private static void Require(bool holds, string name, object value, string expected)
    {
        if (!holds)
        {
            throw new ArgumentException($"ProducerOptions.{name} is {value}; it must be {expected}.", name);
        }
    }
}
