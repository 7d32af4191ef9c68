namespace HighPerf.Kafka.Runtime;

/// <summary>
/// One connection, completion-based. Belongs to the loop it was started on: every member is for that loop's owner, and every completion is posted to it.
/// At most one <see cref="Receive"/> and one <see cref="Send"/> are under way at a time.
/// </summary>
internal interface ITransportConnection
{
    /// <summary>The other end, for messages to people.</summary>
    string RemoteName { get; }

    /// <summary>
    /// Receives into <paramref name="buffer"/>, which the transport owns until completion. True: done at once, <paramref name="count"/> bytes (0: the
    /// other end closed its side). False: <see cref="ITransportHandler.OnReceived"/> will come.
    /// </summary>
    bool Receive(Memory<byte> buffer, out int count);

    /// <summary>
    /// Sends all the bytes of <paramref name="buffers"/>, gathered; list and arrays belong to the transport until completion. True: all handed to the
    /// network at once. False: <see cref="ITransportHandler.OnSent"/> will come.
    /// </summary>
    bool Send(List<ArraySegment<byte>> buffers);

    /// <summary>
    /// Closes, abandoning what is under way. <see cref="ITransportHandler.OnClosed"/> comes exactly once, after the transport has let go of every
    /// buffer; no other completion comes after it, nor any but it after this call.
    /// </summary>
    void Close();
}
