using System.Collections.Immutable;

namespace HighPerf.Kafka.Testing.Configs;

/// <summary>The settings that a topic has. Never changes.</summary>
internal static class TopicSettings
{
    private const long Hour = 3_600_000;

    /// <summary>Sorted by name.</summary>
    public static readonly ImmutableArray<ConfigSetting> All =
    [
        new("cleanup.policy", ConfigType.List, "delete", "Whether old records are deleted, compacted by key, or both.")
        {
            Values = ["compact", "delete"], Synonyms = [new("log.cleanup.policy")],
        },
        Number("compression.gzip.level", ConfigType.Int, -1, -1, 9, "The level when the topic compresses with gzip.", "compression.gzip.level"),
        Number("compression.lz4.level", ConfigType.Int, 9, 1, 17, "The level when the topic compresses with lz4.", "compression.lz4.level"),
        new("compression.type", ConfigType.String, "producer", "The compression in which the topic stores batches; producer: as they come.")
        {
            Values = ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"], Synonyms = [new("compression.type")],
        },
        Number("compression.zstd.level", ConfigType.Int, 3, -131072, 22, "The level when the topic compresses with zstd.", "compression.zstd.level"),
        AtLeast(0, "delete.retention.ms", ConfigType.Long, 86_400_000, "How long a compacted topic keeps tombstones.", "log.cleaner.delete.retention.ms"),
        AtLeast(0, "file.delete.delay.ms", ConfigType.Long, 60_000, "How long a removed file stays on disk.", "log.segment.delete.delay.ms"),
        AtLeast(1, "flush.messages", ConfigType.Long, long.MaxValue, "After how many records the log is forced to disk.", "log.flush.interval.messages"),
        AtLeast(0, "flush.ms", ConfigType.Long, long.MaxValue, "After how long the log is forced to disk.",
            new("log.flush.interval.ms"), new("log.flush.scheduler.interval.ms")),
        new("follower.replication.throttled.replicas", ConfigType.List, "", "The replicas whose replication is throttled at the follower."),
        AtLeast(0, "index.interval.bytes", ConfigType.Int, 4096, "How many bytes lie between two entries of the offset index.", "log.index.interval.bytes"),
        new("leader.replication.throttled.replicas", ConfigType.List, "", "The replicas whose replication is throttled at the leader."),
        AtLeast(-2, "local.retention.bytes", ConfigType.Long, -2, "How much is kept locally when there is remote storage.", "log.local.retention.bytes"),
        AtLeast(-2, "local.retention.ms", ConfigType.Long, -2, "How long is kept locally when there is remote storage.", "log.local.retention.ms"),
        AtLeast(1, "max.compaction.lag.ms", ConfigType.Long, long.MaxValue, "How long a record can stay uncompacted.", "log.cleaner.max.compaction.lag.ms"),
        AtLeast(0, "max.message.bytes", ConfigType.Int, 1_048_588, "The largest record batch that the topic takes.", "message.max.bytes"),
        AtLeast(0, "message.timestamp.after.max.ms", ConfigType.Long, Hour, "How far a record's time may lie in the future.",
            "log.message.timestamp.after.max.ms"),
        AtLeast(0, "message.timestamp.before.max.ms", ConfigType.Long, long.MaxValue, "How far a record's time may lie in the past.",
            "log.message.timestamp.before.max.ms"),
        new("message.timestamp.type", ConfigType.String, "CreateTime", "Whose clock a record's time is: the producer's or the broker's.")
        {
            Values = ["CreateTime", "LogAppendTime"], Synonyms = [new("log.message.timestamp.type")],
        },
        new("min.cleanable.dirty.ratio", ConfigType.Double, "0.5", "The share of uncompacted bytes from which on the log is compacted.")
        {
            Minimum = 0, Maximum = 1, Synonyms = [new("log.cleaner.min.cleanable.ratio")],
        },
        AtLeast(0, "min.compaction.lag.ms", ConfigType.Long, 0, "How long a record stays uncompacted at least.", "log.cleaner.min.compaction.lag.ms"),
        AtLeast(1, "min.insync.replicas", ConfigType.Int, 1, "How many replicas must be in sync for a write with acks all.", "min.insync.replicas"),
        Flag("preallocate", "Whether files are allocated in full.", "log.preallocate"),
        Flag("remote.log.copy.disable", "Whether nothing more is copied to remote storage."),
        Flag("remote.log.delete.on.disable", "Whether remote data is deleted when remote storage is disabled."),
        Flag("remote.storage.enable", "Whether the topic has remote storage."),
        new("retention.bytes", ConfigType.Long, "-1", "How many bytes a partition keeps; -1: all.") { Synonyms = [new("log.retention.bytes")] },
        AtLeast(-1, "retention.ms", ConfigType.Long, 168 * Hour, "How long records are kept; -1: for ever.",
            new("log.retention.ms"), new("log.retention.minutes", 60_000), new("log.retention.hours", Hour)),
        AtLeast(1 << 20, "segment.bytes", ConfigType.Int, 1 << 30, "The size of a log segment.", "log.segment.bytes"),
        AtLeast(4, "segment.index.bytes", ConfigType.Int, 10 << 20, "The size of an offset index.", "log.index.size.max.bytes"),
        AtLeast(0, "segment.jitter.ms", ConfigType.Long, 0, "How much the time of a segment's roll varies.",
            new("log.roll.jitter.ms"), new("log.roll.jitter.hours", Hour)),
        AtLeast(1, "segment.ms", ConfigType.Long, 168 * Hour, "After how long a segment is rolled.", new("log.roll.ms"), new("log.roll.hours", Hour)),
        Flag("unclean.leader.election.enable", "Whether a replica that is not in sync may become leader.", "unclean.leader.election.enable"),
    ];

    /// <summary>The size of a log segment, for tests: settable below the least <c>segment.bytes</c>, and not told to anybody.</summary>
    public static readonly ConfigSetting InternalSegmentBytes = new("internal.segment.bytes", ConfigType.Int, null, "") { Minimum = 1 };

    public static ConfigSetting? Find(string name) =>
        name == InternalSegmentBytes.Name ? InternalSegmentBytes : All.FirstOrDefault(setting => setting.Name == name);

    private static ConfigSetting AtLeast(long minimum, string name, ConfigType type, long standard, string documentation, string synonym) =>
        AtLeast(minimum, name, type, standard, documentation, [new ConfigSynonym(synonym)]);

    private static ConfigSetting AtLeast(long minimum, string name, ConfigType type, long standard, string documentation, params ConfigSynonym[] synonyms) =>
        new(name, type, $"{standard}", documentation) { Minimum = minimum, Synonyms = synonyms };

    private static ConfigSetting Number(string name, ConfigType type, long standard, long minimum, long maximum, string documentation, string synonym) =>
        AtLeast(minimum, name, type, standard, documentation, synonym) with { Maximum = maximum };

    private static ConfigSetting Flag(string name, string documentation, string? synonym = null) =>
        new(name, ConfigType.Boolean, "false", documentation) { Synonyms = synonym is null ? [] : [new ConfigSynonym(synonym)] };
}
