namespace HighPerf.Kafka.Testing.Configs;

/// <summary>What an incremental change does to a setting, by its number in the protocol.</summary>
internal enum ConfigOperation : sbyte
{
    Set = 0,
    Delete = 1,
    Append = 2,
    Subtract = 3,
}
