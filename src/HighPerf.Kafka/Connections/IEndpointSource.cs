namespace HighPerf.Kafka.Connections;

/// <summary>Knows where brokers are now. Any thread.</summary>
internal interface IEndpointSource
{
    /// <summary>Where the broker is; false when no broker of that id is known (any more).</summary>
    bool TryGetEndpoint(int brokerId, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out BrokerEndpoint? endpoint);
}
