namespace HighPerf.Kafka.Integration.Tests.Servers;

/// <summary>The servers that every integration test runs on.</summary>
public enum ServerKind
{
    /// <summary>The embedded cluster over TCP, three brokers.</summary>
    Embedded,

    /// <summary>The embedded cluster over its transport in memory.</summary>
    EmbeddedInMemory,

    /// <summary>The mock cluster inside librdkafka.</summary>
    Mock,

    /// <summary>The cluster that HPK_BOOTSTRAP names.</summary>
    External,

    /// <summary>A broker in a container, when the tests were built with -p:Containers=true.</summary>
    Container,
}
