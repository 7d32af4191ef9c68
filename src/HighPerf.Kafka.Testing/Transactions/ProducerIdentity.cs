namespace HighPerf.Kafka.Testing.Transactions;

/// <summary>A producer's id and epoch, as requests name them.</summary>
internal readonly record struct ProducerIdentity(long Id, short Epoch)
{
    public static readonly ProducerIdentity None = new(-1, -1);

    /// <summary>The largest epoch is kept for fencing, clients never get it; the one before is a client's last.</summary>
    public bool IsExhausted => Epoch >= short.MaxValue - 1;
}
