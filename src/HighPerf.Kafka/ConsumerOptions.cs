namespace HighPerf.Kafka;

/// <summary>How a consumer works. Read once, when the consumer is made.</summary>
public sealed class ConsumerOptions
{
    /// <summary>The consumer group whose committed offsets are used; null for a consumer that commits nothing.</summary>
    public string? GroupId { get; set; }

    /// <summary>When a record that was read counts as processed.</summary>
    public OffsetStore OffsetStore { get; set; } = OffsetStore.OnNext;

    /// <summary>
    /// Whether what is stored is committed in the background, every <see cref="AutoCommitInterval"/>, and always before a partition is given up and when the
    /// consumer is closed. If not, only what <c>CommitAsync</c> is called for is committed.
    /// </summary>
    public bool EnableAutoCommit { get; set; } = true;

    /// <summary>How often what is stored is committed in the background.</summary>
    public TimeSpan AutoCommitInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long closing, or leaving the group, may take: the last commit, and telling the group.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Where to start when a partition has no position, or its position is not in the log any more.</summary>
    public AutoOffsetReset AutoOffsetReset { get; set; } = AutoOffsetReset.Earliest;

    /// <summary>Whether records of transactions that are open or aborted are delivered.</summary>
    public IsolationLevel IsolationLevel { get; set; } = IsolationLevel.ReadUncommitted;

    /// <summary>The least a broker gathers before it answers a fetch, in bytes; it answers with less after <see cref="FetchMaxWait"/>.</summary>
    public int FetchMinBytes { get; set; } = 1;

    /// <summary>How long a broker may wait for <see cref="FetchMinBytes"/>.</summary>
    public TimeSpan FetchMaxWait { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// The most one fetch brings of all partitions of a broker, in bytes; never more than an eighth of <see cref="PrefetchBytes"/>. A larger first batch is
    /// still delivered.
    /// </summary>
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

    /// <summary>How long a broker may take to answer a request, beyond the time a fetch may wait.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The wait before a failed request is tried again.</summary>
    public TimeSpan RetryBackoff { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// After how long without a heartbeat the group takes the consumer for dead and gives its partitions to others; a consumer that cannot reach its group
    /// for so long gives them up by itself. Brokers bound it (6 s to 30 minutes unless configured). Default 45 s.
    /// </summary>
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>How often the consumer tells its group that it lives; at most a third of <see cref="SessionTimeout"/> is wise. Default 3 s.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long the members of a group have to finish what they process and to join again when partitions are distributed anew; one that takes longer is left
    /// out. Null (the default): <see cref="MaxPollInterval"/>.
    /// </summary>
    public TimeSpan? RebalanceTimeout { get; set; }

    /// <summary>
    /// How long the application may take between asking for records; one that takes longer leaves its group, so that others go on with its partitions.
    /// Default 5 minutes.
    /// </summary>
    public TimeSpan MaxPollInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Makes the consumer a static member of its group (KIP-345): a name that no other member has, and that it has again after a restart. A static member
    /// does not leave when it is closed: within <see cref="SessionTimeout"/> it comes back to the same partitions, without moving those of others. Null (the
    /// default): a member that comes and goes.
    /// </summary>
    public string? GroupInstanceId { get; set; }

    /// <summary>
    /// The rack, or zone, of the consumer, as brokers have it in their <c>broker.rack</c>. <see cref="HighPerf.Kafka.PartitionAssignors.Range"/> then prefers
    /// partitions with a replica there (KIP-881), and brokers that choose replicas by rack let it read from one that is near (KIP-392). Null: none.
    /// </summary>
    public string? ClientRack { get; set; }

    /// <summary>
    /// How partitions may be distributed in the group, the preferred first; all members need one in common. As long as one of the list is not cooperative
    /// the consumer gives up all its partitions whenever the group distributes them anew. Null (the default): range, then cooperative-sticky, as the Java
    /// client has it. To make a running group cooperative: first restart every member with the default, then with
    /// <see cref="HighPerf.Kafka.PartitionAssignors.CooperativeSticky"/> alone.
    /// </summary>
    public IReadOnlyList<IPartitionAssignor>? PartitionAssignors { get; set; }

    /// <summary>What <see cref="RebalanceTimeout"/> means when it is null, too.</summary>
    internal TimeSpan EffectiveRebalanceTimeout => RebalanceTimeout ?? MaxPollInterval;

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
        bool isTimeoutFine = RequestTimeout > TimeSpan.Zero && RequestTimeout <= TimeSpan.FromHours(1);
        Require(isTimeoutFine, nameof(RequestTimeout), RequestTimeout, "above zero, at most one hour");
        Require(Enum.IsDefined(OffsetStore), nameof(OffsetStore), OffsetStore, "one of OffsetStore");
        bool isIntervalFine = AutoCommitInterval >= TimeSpan.FromMilliseconds(1) && AutoCommitInterval <= TimeSpan.FromHours(1);
        Require(isIntervalFine, nameof(AutoCommitInterval), AutoCommitInterval, "from one millisecond to one hour");
        Require(CloseTimeout >= TimeSpan.Zero && CloseTimeout <= TimeSpan.FromHours(1), nameof(CloseTimeout), CloseTimeout, "between zero and one hour");
        bool isBackoffFine = RetryBackoff >= TimeSpan.FromMilliseconds(1) && RetryBackoff <= TimeSpan.FromHours(1);
        Require(isBackoffFine, nameof(RetryBackoff), RetryBackoff, "from one millisecond to one hour");
        ValidateGroup();
        copy.PartitionAssignors = PartitionAssignors?.ToArray();
        return copy;
    }

    private void ValidateGroup()
    {
        RequireGroupTime(SessionTimeout, nameof(SessionTimeout));
        RequireGroupTime(HeartbeatInterval, nameof(HeartbeatInterval));
        Require(HeartbeatInterval < SessionTimeout, nameof(HeartbeatInterval), HeartbeatInterval, $"less than SessionTimeout ({SessionTimeout})");
        RequireGroupTime(MaxPollInterval, nameof(MaxPollInterval));
        RequireGroupTime(EffectiveRebalanceTimeout, nameof(RebalanceTimeout));
        bool isInstanceFine = GroupInstanceId is null or { Length: > 0 and <= 249 };
        Require(isInstanceFine, nameof(GroupInstanceId), $"\"{GroupInstanceId}\"", "null or 1 to 249 characters");
        Require(ClientRack is null or { Length: > 0 and < 1024 }, nameof(ClientRack), $"\"{ClientRack}\"", "null or a name");
        Require(PartitionAssignors is null or { Count: > 0 }, nameof(PartitionAssignors), "empty", "null or a list of at least one");
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (IPartitionAssignor? assignor in PartitionAssignors ?? [])
        {
            Require(assignor is not null, nameof(PartitionAssignors), "a list with a null", "a list of assignors");
            Require(!string.IsNullOrEmpty(assignor!.Name), nameof(PartitionAssignors), "a list with a nameless one", "a list of assignors with names");
            Require(names.Add(assignor.Name), nameof(PartitionAssignors), $"a list with \"{assignor.Name}\" twice", "a list of assignors of different names");
        }
    }

    // Times of groups travel as milliseconds in 32 bits.
    private static void RequireGroupTime(TimeSpan value, string name) => Require(
        value >= TimeSpan.FromMilliseconds(1) && value <= TimeSpan.FromDays(24), name, value, "from one millisecond to 24 days");

    private static void Require(bool holds, string name, object value, string expected)
    {
        if (!holds)
        {
            throw new ArgumentException($"ConsumerOptions.{name} is {value}; it must be {expected}.", name);
        }
    }
}
