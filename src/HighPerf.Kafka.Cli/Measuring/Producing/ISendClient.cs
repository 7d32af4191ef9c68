namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>
/// A client as a load sees it. A structure implements it, so that the load is compiled for each client and calls it without a detour.
/// </summary>
/// <typeparam name="TAcknowledgement">What the client gives for a delivered record.</typeparam>
internal interface ISendClient<TAcknowledgement>
{
    /// <summary>Puts a record on its way; nobody is told of its delivery. Key and value may change when this returns.</summary>
    ValueTask EnqueueAsync(byte[]? key, byte[] value);

    /// <summary>Puts a record on its way, and has the client call back when it is delivered: <see cref="DeliveryWatch.Done"/>.</summary>
    /// <param name="since">For the watch.</param>
    ValueTask EnqueueAsync(byte[]? key, byte[] value, DeliveryWatch watch, long since);

    /// <summary>Sends a record and completes when it is delivered.</summary>
    ValueTask<TAcknowledgement> SendAsync(byte[]? key, byte[] value);

    Task FlushAsync();
}
