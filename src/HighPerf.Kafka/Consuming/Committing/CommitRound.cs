namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>
/// Callers that wait for the same places to be acknowledged: those whose commit went with one request, or one caller with offsets of its own. Used again.
/// Owner: the pipeline.
/// </summary>
internal sealed class CommitRound
{
    // Changed in place. Owner: the pipeline.
    private WaiterChain _waiters;

    /// <summary>What is not settled yet; of the request in flight itself, all of it.</summary>
    public List<CommitEntry> Entries { get; } = [];

    public ref WaiterChain Waiters => ref _waiters;

    /// <summary>Whether they wait for all that was stored, and not for offsets that they gave.</summary>
    public bool IsOfAll { get; set; }
}
