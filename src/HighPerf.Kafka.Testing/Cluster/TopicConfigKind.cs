namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>What values a topic setting takes.</summary>
internal enum TopicConfigKind
{
    Text,
    Number,
    Boolean,
    Compression,
    CleanupPolicy,
    TimestampType,
}
