using System.Collections.Immutable;

namespace HighPerf.Kafka.Testing.Configs;

/// <summary>The settings that a broker tells: those that change what this cluster does or that clients look at. Never changes.</summary>
internal static class BrokerSettings
{
    /// <summary>Sorted by name.</summary>
    public static readonly ImmutableArray<ConfigSetting> All =
    [
        Text("advertised.listeners", null, "The addresses that clients are told."),
        Flag("auto.create.topics.enable", true, "Whether a topic that a client asks for by name comes into being."),
        Flag("auto.leader.rebalance.enable", true, "Whether leadership moves back to preferred replicas by itself."),
        Number("broker.id", ConfigType.Int, -1, -1, "The id of this broker."),
        Text("broker.rack", null, "The rack of this broker."),
        Dynamic(Number("compression.gzip.level", ConfigType.Int, -1, -1, "The default of the topic setting.") with { Maximum = 9 }),
        Dynamic(Number("compression.lz4.level", ConfigType.Int, 9, 1, "The default of the topic setting.") with { Maximum = 17 }),
        Dynamic(Text("compression.type", "producer", "The default of the topic setting.", "uncompressed", "zstd", "lz4", "snappy", "gzip", "producer")),
        Dynamic(Number("compression.zstd.level", ConfigType.Int, 3, -131072, "The default of the topic setting.") with { Maximum = 22 }),
        Number("connections.max.idle.ms", ConfigType.Long, 600_000, long.MinValue, "After how long an idle connection is closed."),
        Number("default.replication.factor", ConfigType.Int, 1, 1, "How many replicas a topic gets when nobody says."),
        Flag("delete.topic.enable", true, "Whether topics can be deleted."),
        Number("fetch.max.bytes", ConfigType.Int, 57_671_680, 1024, "How many bytes of records an answer to Fetch carries at most."),
        new("group.consumer.assignors", ConfigType.List, "uniform,range", "The assignors of consumer groups (KIP-848), the default first."),
        Number("group.consumer.heartbeat.interval.ms", ConfigType.Int, 5000, 1, "How often members of consumer groups send heartbeats."),
        Number("group.consumer.max.heartbeat.interval.ms", ConfigType.Int, 15_000, 1, "The largest heartbeat interval that a group can be given."),
        Number("group.consumer.max.session.timeout.ms", ConfigType.Int, 60_000, 1, "The largest session timeout that a group can be given."),
        Number("group.consumer.max.size", ConfigType.Int, int.MaxValue, 1, "How many members a consumer group can have."),
        Text("group.consumer.migration.policy", "bidirectional", "Which way groups may be converted.", "disabled", "downgrade", "upgrade", "bidirectional"),
        Number("group.consumer.min.heartbeat.interval.ms", ConfigType.Int, 5000, 1, "The smallest heartbeat interval that a group can be given."),
        Number("group.consumer.min.session.timeout.ms", ConfigType.Int, 45_000, 1, "The smallest session timeout that a group can be given."),
        Number("group.consumer.session.timeout.ms", ConfigType.Int, 45_000, 1, "After how long a silent member of a consumer group is removed."),
        Number("group.initial.rebalance.delay.ms", ConfigType.Int, 3000, 0, "How long a new classic group waits for more members."),
        Number("group.max.session.timeout.ms", ConfigType.Int, 1_800_000, 1, "The largest session timeout that a classic member can ask for."),
        Number("group.max.size", ConfigType.Int, int.MaxValue, 1, "How many members a classic group can have."),
        Number("group.min.session.timeout.ms", ConfigType.Int, 6000, 1, "The smallest session timeout that a classic member can ask for."),
        Text("listeners", null, "The addresses that the broker listens on."),
        Dynamic(Number("log.cleaner.delete.retention.ms", ConfigType.Long, 86_400_000, 0, "The default of delete.retention.ms.")),
        Dynamic(Number("log.cleaner.max.compaction.lag.ms", ConfigType.Long, long.MaxValue, 1, "The default of max.compaction.lag.ms.")),
        Dynamic(new("log.cleaner.min.cleanable.ratio", ConfigType.Double, "0.5", "The default of min.cleanable.dirty.ratio.") { Minimum = 0, Maximum = 1 }),
        Dynamic(Number("log.cleaner.min.compaction.lag.ms", ConfigType.Long, 0, 0, "The default of min.compaction.lag.ms.")),
        Dynamic(new("log.cleanup.policy", ConfigType.List, "delete", "The default of cleanup.policy.") { Values = ["compact", "delete"] }),
        Text("log.dir", "/tmp/kafka-logs", "Where logs lie."),
        Text("log.dirs", null, "Where logs lie, when there are several places."),
        Dynamic(Number("log.flush.interval.messages", ConfigType.Long, long.MaxValue, 1, "The default of flush.messages.")),
        Dynamic(Number("log.flush.interval.ms", ConfigType.Long, null, long.MinValue, "The default of flush.ms.")),
        Number("log.flush.scheduler.interval.ms", ConfigType.Long, long.MaxValue, long.MinValue, "The default of log.flush.interval.ms."),
        Dynamic(Number("log.index.interval.bytes", ConfigType.Int, 4096, 0, "The default of index.interval.bytes.")),
        Dynamic(Number("log.index.size.max.bytes", ConfigType.Int, 10_485_760, 4, "The default of segment.index.bytes.")),
        Dynamic(Number("log.local.retention.bytes", ConfigType.Long, -2, -2, "The default of local.retention.bytes.")),
        Dynamic(Number("log.local.retention.ms", ConfigType.Long, -2, -2, "The default of local.retention.ms.")),
        Dynamic(Number("log.message.timestamp.after.max.ms", ConfigType.Long, 3_600_000, 0, "The default of message.timestamp.after.max.ms.")),
        Dynamic(Number("log.message.timestamp.before.max.ms", ConfigType.Long, long.MaxValue, 0, "The default of message.timestamp.before.max.ms.")),
        Dynamic(Text("log.message.timestamp.type", "CreateTime", "The default of message.timestamp.type.", "CreateTime", "LogAppendTime")),
        Dynamic(Flag("log.preallocate", false, "The default of preallocate.")),
        Dynamic(Number("log.retention.bytes", ConfigType.Long, -1, long.MinValue, "The default of retention.bytes.")),
        Number("log.retention.check.interval.ms", ConfigType.Long, 300_000, 1, "How often is looked for records to remove."),
        Number("log.retention.hours", ConfigType.Int, 168, long.MinValue, "The default of retention.ms, in hours."),
        Number("log.retention.minutes", ConfigType.Int, null, long.MinValue, "The default of retention.ms, in minutes."),
        Dynamic(Number("log.retention.ms", ConfigType.Long, null, long.MinValue, "The default of retention.ms.")),
        Number("log.roll.hours", ConfigType.Int, 168, 1, "The default of segment.ms, in hours."),
        Number("log.roll.jitter.hours", ConfigType.Int, 0, 0, "The default of segment.jitter.ms, in hours."),
        Dynamic(Number("log.roll.jitter.ms", ConfigType.Long, null, long.MinValue, "The default of segment.jitter.ms.")),
        Dynamic(Number("log.roll.ms", ConfigType.Long, null, long.MinValue, "The default of segment.ms.")),
        Dynamic(Number("log.segment.bytes", ConfigType.Int, 1_073_741_824, 1 << 20, "The default of segment.bytes.")),
        Dynamic(Number("log.segment.delete.delay.ms", ConfigType.Long, 60_000, 0, "The default of file.delete.delay.ms.")),
        Number("max.incremental.fetch.session.cache.slots", ConfigType.Int, 1000, 0, "How many fetch sessions (KIP-227) are kept."),
        Dynamic(Number("message.max.bytes", ConfigType.Int, 1_048_588, 0, "The default of max.message.bytes.")),
        Dynamic(Number("min.insync.replicas", ConfigType.Int, 1, 1, "The default of the topic setting.")),
        Number("node.id", ConfigType.Int, -1, -1, "The id of this broker."),
        Number("num.partitions", ConfigType.Int, 1, 1, "How many partitions a topic gets when nobody says."),
        Number("offset.metadata.max.bytes", ConfigType.Int, 4096, long.MinValue, "How much text a committed offset can carry."),
        Number("offsets.retention.check.interval.ms", ConfigType.Long, 600_000, 1, "How often is looked for offsets to remove."),
        Number("offsets.retention.minutes", ConfigType.Int, 10_080, 1, "How long a group's offsets are kept once it is empty."),
        Number("offsets.topic.num.partitions", ConfigType.Int, 50, 1, "The partitions of the topic of group offsets."),
        Number("offsets.topic.replication.factor", ConfigType.Short, 3, 1, "The replicas of the topic of group offsets."),
        Dynamic(Number("producer.id.expiration.ms", ConfigType.Int, 86_400_000, 1, "How long a partition remembers a silent producer.")),
        Number("quota.window.num", ConfigType.Int, 11, 1, "How many samples a quota's rate is taken over."),
        Number("quota.window.size.seconds", ConfigType.Int, 1, 1, "How long one sample of a quota's rate is."),
        Number("replica.lag.time.max.ms", ConfigType.Long, 30_000, long.MinValue, "After how long a follower that lags is out of sync."),
        Text("replica.selector.class", null, "How the replica is chosen that a consumer is sent to."),
        Number("socket.request.max.bytes", ConfigType.Int, 104_857_600, 1, "The largest request frame."),
        Number("transaction.abort.timed.out.transaction.cleanup.interval.ms", ConfigType.Int, 10_000, 1, "How often is looked for transactions to abort."),
        Number("transaction.max.timeout.ms", ConfigType.Int, 900_000, 1, "The longest timeout that a transactional producer can ask for."),
        Dynamic(Flag("transaction.partition.verification.enable", true, "Whether a transactional write is checked against its coordinator.")),
        Number("transaction.state.log.num.partitions", ConfigType.Int, 50, 1, "The partitions of the topic of transactions."),
        Number("transaction.state.log.replication.factor", ConfigType.Short, 3, 1, "The replicas of the topic of transactions."),
        Flag("transaction.two.phase.commit.enable", false, "Whether transactions without a timeout are allowed."),
        Number("transactional.id.expiration.ms", ConfigType.Int, 604_800_000, 1, "How long a transactional id without transactions is remembered."),
        Dynamic(Flag("unclean.leader.election.enable", false, "The default of the topic setting.")),
    ];

    public static ConfigSetting? Find(string name) => All.FirstOrDefault(setting => setting.Name == name);

    /// <summary>The settings of which the first that is set gives a setting its value: itself and those in other units.</summary>
    public static string[] StandIns(string name) => name switch
    {
        "log.roll.ms" or "log.roll.hours" => ["log.roll.ms", "log.roll.hours"],
        "log.roll.jitter.ms" or "log.roll.jitter.hours" => ["log.roll.jitter.ms", "log.roll.jitter.hours"],
        "log.flush.interval.ms" => ["log.flush.interval.ms", "log.flush.scheduler.interval.ms"],
        "log.retention.ms" or "log.retention.minutes" or "log.retention.hours" => ["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
        _ => [name],
    };

    private static ConfigSetting Number(string name, ConfigType type, long? standard, long minimum, string documentation) =>
        new(name, type, standard is null ? null : $"{standard}", documentation) { Minimum = minimum };

    private static ConfigSetting Flag(string name, bool standard, string documentation) =>
        new(name, ConfigType.Boolean, standard ? "true" : "false", documentation);

    private static ConfigSetting Text(string name, string? standard, string documentation, params string[] values) =>
        new(name, ConfigType.String, standard, documentation) { Values = values };

    private static ConfigSetting Dynamic(ConfigSetting setting) => setting with { Update = ConfigUpdate.ClusterWide };
}
