using System.Globalization;

namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>
/// The settings of a topic. Every name that Apache Kafka knows is accepted and remembered; those that change what this broker does have a property.
/// Made once with the topic; then only read.
/// </summary>
internal sealed class TopicConfig
{
    /// <summary>Name, kind and default of each setting, sorted by name. Null: the cluster's own default.</summary>
    private static readonly (string Name, TopicConfigKind Kind, string? Default)[] Known =
    [
        ("cleanup.policy", TopicConfigKind.CleanupPolicy, "delete"),
        ("compression.gzip.level", TopicConfigKind.Number, "-1"),
        ("compression.lz4.level", TopicConfigKind.Number, "9"),
        ("compression.type", TopicConfigKind.Compression, "producer"),
        ("compression.zstd.level", TopicConfigKind.Number, "3"),
        ("delete.retention.ms", TopicConfigKind.Number, "86400000"),
        ("file.delete.delay.ms", TopicConfigKind.Number, "60000"),
        ("flush.messages", TopicConfigKind.Number, "9223372036854775807"),
        ("flush.ms", TopicConfigKind.Number, "9223372036854775807"),
        ("follower.replication.throttled.replicas", TopicConfigKind.Text, ""),
        ("index.interval.bytes", TopicConfigKind.Number, "4096"),
        ("leader.replication.throttled.replicas", TopicConfigKind.Text, ""),
        ("local.retention.bytes", TopicConfigKind.Number, "-2"),
        ("local.retention.ms", TopicConfigKind.Number, "-2"),
        ("max.compaction.lag.ms", TopicConfigKind.Number, "9223372036854775807"),
        ("max.message.bytes", TopicConfigKind.Number, null),
        ("message.timestamp.after.max.ms", TopicConfigKind.Number, "3600000"),
        ("message.timestamp.before.max.ms", TopicConfigKind.Number, "9223372036854775807"),
        ("message.timestamp.type", TopicConfigKind.TimestampType, "CreateTime"),
        ("min.cleanable.dirty.ratio", TopicConfigKind.Text, "0.5"),
        ("min.compaction.lag.ms", TopicConfigKind.Number, "0"),
        ("min.insync.replicas", TopicConfigKind.Number, "1"),
        ("preallocate", TopicConfigKind.Boolean, "false"),
        ("remote.log.copy.disable", TopicConfigKind.Boolean, "false"),
        ("remote.log.delete.on.disable", TopicConfigKind.Boolean, "false"),
        ("remote.storage.enable", TopicConfigKind.Boolean, "false"),
        ("retention.bytes", TopicConfigKind.Number, null),
        ("retention.ms", TopicConfigKind.Number, "604800000"),
        ("segment.bytes", TopicConfigKind.Number, "1073741824"),
        ("segment.index.bytes", TopicConfigKind.Number, "10485760"),
        ("segment.jitter.ms", TopicConfigKind.Number, "0"),
        ("segment.ms", TopicConfigKind.Number, "604800000"),
        ("unclean.leader.election.enable", TopicConfigKind.Boolean, "false"),
    ];

    private readonly string?[] _values = new string?[Known.Length];

    public TopicConfig(KafkaTestClusterOptions defaults)
    {
        MaxMessageBytes = defaults.MaxMessageBytes;
        RetentionBytes = defaults.RetentionBytes;
    }

    public int MaxMessageBytes { get; private set; }

    public long RetentionBytes { get; private set; }

    /// <summary>Whether the broker's clock is the records' timestamp.</summary>
    public bool LogAppendTime { get; private set; }

    public int Count => Known.Length;

    /// <summary>A setting as it is told to clients.</summary>
    public (string Name, string? Value, bool IsDefault) this[int index]
    {
        get
        {
            (string name, _, string? standard) = Known[index];
            string? value = _values[index] ?? standard ?? name switch
            {
                "max.message.bytes" => MaxMessageBytes.ToString(CultureInfo.InvariantCulture),
                _ => RetentionBytes.ToString(CultureInfo.InvariantCulture),
            };
            return (name, value, _values[index] is null);
        }
    }

    /// <summary>
    /// Sets one value; null (back to the default) is refused as a real broker does at creation. Returns what is wrong, null when all is well.
    /// </summary>
    public string? TrySet(string name, string? value)
    {
        int index = Array.FindIndex(Known, known => known.Name == name);
        if (index < 0)
        {
            return $"Unknown topic config name: {name}";
        }

        if (value is null)
        {
            return $"Null value not supported for topic configs: {name}";
        }

        if (!IsValid(Known[index].Kind, value))
        {
            return $"Invalid value {value} for configuration {name}";
        }

        _values[index] = value;
        switch (name)
        {
            case "max.message.bytes":
                MaxMessageBytes = (int)Math.Clamp(ParseNumber(value), 0, int.MaxValue);
                break;
            case "retention.bytes":
                RetentionBytes = ParseNumber(value);
                break;
            case "message.timestamp.type":
                LogAppendTime = value == "LogAppendTime";
                break;
        }

        return null;
    }

    private static bool IsValid(TopicConfigKind kind, string value) => kind switch
    {
        TopicConfigKind.Number => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        TopicConfigKind.Boolean => value is "true" or "false",
        TopicConfigKind.Compression => value is "uncompressed" or "zstd" or "lz4" or "snappy" or "gzip" or "producer",
        TopicConfigKind.CleanupPolicy => value is "delete" or "compact" or "compact,delete" or "delete,compact" or "",
        TopicConfigKind.TimestampType => value is "CreateTime" or "LogAppendTime",
        _ => true,
    };

    private static long ParseNumber(string value) => long.Parse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
