namespace HighPerf.Kafka;

/// <summary>How a consumer works. Read once, when the consumer is made.</summary>
public sealed class ConsumerOptions
{
    /// <summary>The consumer group whose committed offsets are used; null for a consumer that commits nothing.</summary>
    public string? GroupId { get; set; }

    /// <summary>Where to start when a partition has no position, or its position is not in the log any more.</summary>
    public AutoOffsetReset AutoOffsetReset { get; set; } = AutoOffsetReset.Earliest;

    /// <summary>Whether records of transactions that are open or aborted are delivered.</summary>
    public IsolationLevel IsolationLevel { get; set; } = IsolationLevel.ReadUncommitted;

    /// <summary>The least a broker gathers before it answers a fetch, in bytes; it answers with less after <see cref="FetchMaxWait"/>.</summary>
    public int FetchMinBytes { get; set; } = 1;

    /// <summary>How long a broker may wait for <see cref="FetchMinBytes"/>.</summary>
    public TimeSpan FetchMaxWait { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The most one fetch brings of all partitions of a broker, in bytes. A larger first batch is still delivered.</summary>
    public int FetchMaxBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>The most one fetch brings of one partition, in bytes. A larger first batch is still delivered.</summary>
    public int PartitionFetchMaxBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// The most that is received ahead of the reader, in bytes. A partition may hold as much as it leaves free of it (alone the half, ten an eleventh each);
    /// one that holds more is not fetched until the reader has caught up. Received answers count whole as long as a part of them is held. The bound can be
    /// exceeded by what is under way, no more than it for each fetch, and then by one batch for each partition of which nothing is there yet: none waits for
    /// the reader of another.
    /// </summary>
    public long PrefetchBytes { get; set; } = 32L * 1024 * 1024;

    /// <summary>The most bytes that one compressed batch may decompress to; more is refused as corrupt.</summary>
    public int MaxDecompressedBatchBytes { get; set; } = 256 * 1024 * 1024;

    /// <summary>Whether the checksum of every batch is checked.</summary>
    public bool CheckCrcs { get; set; } = true;

    /// <summary>
    /// Where this consumer is (KIP-392): the rack, or availability zone, as the brokers have it in their <c>broker.rack</c>. Brokers that choose replicas by
    /// rack then let it read from a replica that is near. Null: from leaders only.
    /// </summary>
    public string? ClientRack { get; set; }

    /// <summary>How long a broker may take to answer a request, beyond the time a fetch may wait.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The wait before a failed request is tried again.</summary>
    public TimeSpan RetryBackoff { get; set; } = TimeSpan.FromMilliseconds(100);

    internal ConsumerOptions Validated()
    {
        ConsumerOptions copy = (ConsumerOptions)MemberwiseClone();
        Require(GroupId is null || GroupId.Length > 0, nameof(GroupId), "empty", "null or a name");
        Require(Enum.IsDefined(AutoOffsetReset), nameof(AutoOffsetReset), AutoOffsetReset, "one of AutoOffsetReset");
        Require(Enum.IsDefined(IsolationLevel), nameof(IsolationLevel), IsolationLevel, "one of IsolationLevel");
        Require(FetchMinBytes >= 0, nameof(FetchMinBytes), FetchMinBytes, "zero or more");
        Require(FetchMaxWait >= TimeSpan.Zero && FetchMaxWait <= TimeSpan.FromMinutes(5), nameof(FetchMaxWait), FetchMaxWait, "between zero and five minutes");
        Require(FetchMaxBytes >= 1024, nameof(FetchMaxBytes), FetchMaxBytes, "at least 1 KiB");
        Require(PartitionFetchMaxBytes >= 1024, nameof(PartitionFetchMaxBytes), PartitionFetchMaxBytes, "at least 1 KiB");
        Require(PrefetchBytes >= 1024, nameof(PrefetchBytes), PrefetchBytes, "at least 1 KiB");
        Require(MaxDecompressedBatchBytes >= 1024, nameof(MaxDecompressedBatchBytes), MaxDecompressedBatchBytes, "at least 1 KiB");
        Require(ClientRack is null || ClientRack.Length is > 0 and < 1024, nameof(ClientRack), $"{ClientRack?.Length} characters", "null or a name");
        bool isTimeoutFine = RequestTimeout > TimeSpan.Zero && RequestTimeout <= TimeSpan.FromHours(1);
        Require(isTimeoutFine, nameof(RequestTimeout), RequestTimeout, "above zero, at most one hour");
        bool isBackoffFine = RetryBackoff >= TimeSpan.FromMilliseconds(1) && RetryBackoff <= TimeSpan.FromHours(1);
        Require(isBackoffFine, nameof(RetryBackoff), RetryBackoff, "from one millisecond to one hour");
        return copy;
    }

    private static void Require(bool holds, string name, object value, string expected)
    {
        if (!holds)
        {
            throw new ArgumentException($"ConsumerOptions.{name} is {value}; it must be {expected}.", name);
        }
    }
}
