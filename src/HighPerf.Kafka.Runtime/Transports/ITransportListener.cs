namespace HighPerf.Kafka.Runtime;

/// <summary>A listening end. Any thread.</summary>
internal interface ITransportListener
{
    string Host { get; }

    /// <summary>The port, the real one when 0 was asked for.</summary>
    int Port { get; }

    /// <summary>Stops accepting; connections that were accepted live on. Idempotent.</summary>
    void Close();
}
