using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// The batches that were opened between two flushes. A flush closes the current generation, opens the next, and waits until every batch of this and
/// all earlier generations is
/// complete. Counting starts at one for the generation being open (and one for the earlier one being unfinished), so that it cannot finish early.
/// Waiters continue on the executor.
/// </summary>
internal sealed class FlushGeneration : IThreadPoolWorkItem
{
    private readonly WorkExecutor _executor;
    private readonly TaskCompletionSource _finished = new();
    private long _unfinished = 2; // any thread, interlocked: batches, plus one while open, plus one for the generation before
    private FlushGeneration? _next; // written once, by Close

    private FlushGeneration(WorkExecutor executor) => _executor = executor;

    public Task Finished => _finished.Task;

    /// <summary>The first generation has none before it.</summary>
    public static FlushGeneration First(WorkExecutor executor)
    {
        FlushGeneration first = new(executor);
        first.Release();
        return first;
    }

    public void AddBatch() => Interlocked.Increment(ref _unfinished);

    /// <summary>A batch is complete. Any thread.</summary>
    public void Release()
    {
        // A loop, not a recursion: flushes that nothing finished for hours may stand in a long row.
        FlushGeneration? generation = this;
        while (generation is not null && Interlocked.Decrement(ref generation._unfinished) == 0)
        {
            _executor.Queue(generation);
            generation = generation._next;
        }
    }

    /// <summary>Ends the generation and gives the next one. Its caller serialises closings, and makes sure that no batch is added afterwards.</summary>
    public FlushGeneration Close()
    {
        FlushGeneration next = new(_executor);
        _next = next;
        Release();
        return next;
    }

    public void Execute() => _finished.TrySetResult();
}
