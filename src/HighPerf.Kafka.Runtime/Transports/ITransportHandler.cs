namespace HighPerf.Kafka.Runtime;

/// <summary>What a connection tells its user, always on the connection's loop.</summary>
internal interface ITransportHandler
{
    /// <summary>The connection is there (connecting side only).</summary>
    void OnConnected();

    /// <summary>A receive is complete; 0 bytes: the other end closed its side.</summary>
    void OnReceived(int count);

    /// <summary>A send is complete: every byte is handed to the network.</summary>
    void OnSent();

    /// <summary>Connecting, receiving or sending failed. The user closes the connection; until then nothing else happens on it.</summary>
    void OnFaulted(Exception error);

    /// <summary>The connection is closed and holds no buffer any more. The last event.</summary>
    void OnClosed();
}
