using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>
/// The executor's work item that lets callers go on, many in one hand-over. It runs their continuations one after the other; one that blocks holds up
/// no more than the rest of its chunk. Owner: the loop until it is queued, then the executor.
/// </summary>
internal sealed class CommitOutcome : IThreadPoolWorkItem
{
    /// <summary>How many callers one work item serves.</summary>
    public const int Chunk = 64;

    private readonly WorkExecutor _executor;
    private CommitWaiter? _first;

    public CommitOutcome(WorkExecutor executor, CommitWaiter first)
    {
        _executor = executor;
        _first = first;
    }

    public void Execute()
    {
        try
        {
            while (_first is { } waiter)
            {
                _first = waiter.Next;
                waiter.Next = null;
                waiter.Tell();
                waiter.Release();
            }
        }
        finally
        {
            if (_first is not null)
            {
                // A continuation threw, which is its own affair: the others are served all the same.
                _executor.Queue(this);
            }
        }
    }
}
