namespace HighPerf.Kafka.Testing.Configs;

/// <summary>What settings belong to, by its number in the protocol.</summary>
internal enum ConfigResourceType : sbyte
{
    Topic = 2,
    Broker = 4,
    BrokerLogger = 8,
    ClientMetrics = 16,
    Group = 32,
}
