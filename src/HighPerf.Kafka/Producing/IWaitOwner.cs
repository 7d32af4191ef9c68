namespace HighPerf.Kafka.Producing;

/// <summary>Where callers wait in a line; see <see cref="WaitNode"/>.</summary>
internal interface IWaitOwner
{
    /// <summary>Takes a waiter out whose token has fired. False: it is out already, served or failed.</summary>
    bool TryRemove(WaitNode node);

    /// <summary>The waiting caller has its result: the node may be used again. Any thread.</summary>
    void Recycle(WaitNode node);
}
