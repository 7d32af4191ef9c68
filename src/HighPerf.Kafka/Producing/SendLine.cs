using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// The sends of one topic that cannot go straight into their batches, because the topic's partitions are not known yet or memory is full. Those that wait
/// would otherwise be overtaken: by each other, since nobody orders their continuations, and by later sends that find the topic known or memory free a
/// moment before they do. So they form a line: one has the turn, the others stand behind it; while there is a line, every later send joins it. A turn ends
/// when its record is in its batch or has failed, not when it is acknowledged.
/// </summary>
internal sealed class SendLine : IWaitOwner
{
    private const long Onlooker = 0;
    private const long Sender = 1;

    private readonly Lock _lock = new();
    private readonly WaitList _waiting; // owner: _lock
    private int _inUse; // written under _lock, read by any thread: the one that has the turn, and those that wait

    public SendLine(WorkExecutor executor) => _waiting = new WaitList(this, executor);

    /// <summary>Whether a send has the turn: then a later one may not go straight into its batch, it would overtake.</summary>
    public bool IsInUse => Volatile.Read(ref _inUse) != 0;

    /// <summary>
    /// Takes a place, in the order of the calls; completes when it has the turn, which <see cref="EndTurn"/> ends. One that is cancelled has none.
    /// </summary>
    public ValueTask TakeTurnAsync(CancellationToken cancellationToken)
    {
        WaitNode node;
        lock (_lock)
        {
            Interlocked.Increment(ref _inUse);
            if (_inUse == 1)
            {
                return ValueTask.CompletedTask;
            }

            node = _waiting.Add(Sender);
        }

        return node.Start(cancellationToken);
    }

    /// <summary>
    /// Completes when the sends that wait now have had their turns. Whoever waits so is not in others' way: were it a turn, senders that try, and wait like
    /// this when they may not, would for ever find each other in the line.
    /// </summary>
    public ValueTask WhenPassedAsync(CancellationToken cancellationToken)
    {
        WaitNode node;
        lock (_lock)
        {
            if (_inUse == 0)
            {
                return ValueTask.CompletedTask;
            }

            node = _waiting.Add(Onlooker);
        }

        return node.Start(cancellationToken);
    }

    /// <summary>The record of the turn is in its batch, or has failed.</summary>
    public void EndTurn()
    {
        lock (_lock)
        {
            // Whoever sees no line also sees this record in its batch.
            Interlocked.Decrement(ref _inUse);
            while (_waiting.First is { } next)
            {
                _waiting.Remove(next);
                next.Serve();
                if (next.Amount == Sender)
                {
                    return;
                }
            }
        }
    }

    bool IWaitOwner.TryRemove(WaitNode node)
    {
        lock (_lock)
        {
            if (!_waiting.Remove(node))
            {
                return false;
            }

            if (node.Amount == Sender)
            {
                Interlocked.Decrement(ref _inUse);
            }

            return true;
        }
    }

    void IWaitOwner.Recycle(WaitNode node)
    {
        lock (_lock)
        {
            _waiting.Keep(node);
        }
    }
}
