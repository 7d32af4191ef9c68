namespace HighPerf.Kafka.Testing;

/// <summary>How clients reach an embedded cluster.</summary>
public enum KafkaTestTransport
{
    /// <summary>TCP on a loopback port: any client in any language.</summary>
    Tcp,

    /// <summary>A duplex in memory, for clients in this process that are given <see cref="KafkaTestCluster.Transport"/>. No port, no socket.</summary>
    InMemory,
}
