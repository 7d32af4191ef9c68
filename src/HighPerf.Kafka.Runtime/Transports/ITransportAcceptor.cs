namespace HighPerf.Kafka.Runtime;

/// <summary>Who decides what becomes of connections that a listener accepts. Called on the listener's loop.</summary>
internal interface ITransportAcceptor
{
    /// <summary>A connection came in. It belongs to the listener's loop unless the user moves it by giving another to <paramref name="start"/>.</summary>
    /// <param name="start">Called once, at once: names the loop and the handler, and returns the started connection.</param>
    void OnAccepted(Func<EventLoop, ITransportHandler, ITransportConnection> start);

    /// <summary>The listener failed and accepts no more.</summary>
    void OnFaulted(Exception error);
}
