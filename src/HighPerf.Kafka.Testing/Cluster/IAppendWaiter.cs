namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>Something that waits for a partition to grow.</summary>
internal interface IAppendWaiter
{
    /// <summary>The partition grew or is deleted. The waiter may remove itself from it, and from others.</summary>
    void OnAppended();
}
