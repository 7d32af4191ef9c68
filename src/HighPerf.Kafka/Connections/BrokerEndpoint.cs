namespace HighPerf.Kafka.Connections;

/// <summary>Where a broker is. <paramref name="Id"/> is negative for an address of the bootstrap list, whose broker is not known yet.</summary>
internal sealed record BrokerEndpoint(int Id, string Host, int Port, string? Rack = null)
{
    /// <summary>The address alone, IPv6 in brackets.</summary>
    public string Address => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>For messages to people.</summary>
    public override string ToString() => Id < 0 ? $"bootstrap server {Address}" : $"broker {Id} ({Address})";
}
