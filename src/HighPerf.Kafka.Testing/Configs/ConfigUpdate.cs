namespace HighPerf.Kafka.Testing.Configs;

/// <summary>Whether a broker setting can be changed while the broker runs.</summary>
internal enum ConfigUpdate
{
    /// <summary>Only by a restart.</summary>
    ReadOnly,

    /// <summary>For one broker, or for all at once.</summary>
    ClusterWide,
}
