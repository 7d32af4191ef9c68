using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Consuming;

/// <summary>
/// What stands between the reader of a partition and its owner when the partition is given up: the owner closes the gate and learns exactly once when
/// nothing of the partition is in processing any more.
/// </summary>
/// <remarks>
/// <para>
/// One word: the lowest bit says that the gate is closing, the rest counts what was delivered and is not processed yet (batches; records that are read
/// one by one count as the batch they come from). Whoever delivers enters first; whoever has processed leaves. Both are one compare-and-swap, so there is
/// no moment in which the owner has looked at the count and the reader has not looked at the bit: either the reader was in before the owner closed, and
/// the owner waits for it, or it finds the gate closing and delivers nothing.
/// </para>
/// <para>
/// Of the owner's close and the leaves that follow it, exactly one sees "closing, and nobody inside": that one answers true, and the hand-over goes on. A
/// closing gate lets nobody in, so the count cannot rise again behind that answer. <see cref="Reopen"/> is for an owner that keeps the partition after
/// all.
/// </para>
/// </remarks>
internal sealed class DeliveryGate<TYield>(TYield yield)
    where TYield : struct, IYieldPoint
{
    private const int Closing = 1;
    private const int One = 2;

    private int _word; // any thread, interlocked

    /// <summary>Whether the owner wants the partition back. Any thread.</summary>
    public bool IsClosing => (Volatile.Read(ref _word) & Closing) != 0;

    /// <summary>How much is in processing. Any thread; for messages and tests.</summary>
    public int Inside => Volatile.Read(ref _word) >> 1;

    /// <summary>Before something of the partition is delivered. False: it is being given up, and nothing may be delivered. The reader.</summary>
    public bool TryEnter()
    {
        int seen = Volatile.Read(ref _word);
        while ((seen & Closing) == 0)
        {
            yield.Yield();
            int found = Interlocked.CompareExchange(ref _word, seen + One, seen);
            if (found == seen)
            {
                return true;
            }

            seen = found;
        }

        return false;
    }

    /// <summary>What was delivered is processed. True: it was the last, and the owner waits to hear of it. Any thread, once for each entry.</summary>
    public bool Leave()
    {
        yield.Yield();
        return Interlocked.Add(ref _word, -One) == Closing;
    }

    /// <summary>Lets nobody in any more. True: nobody is inside; false: the last who leaves will be told so. Owner only, once until reopened.</summary>
    public bool Close()
    {
        yield.Yield();
        return Interlocked.Or(ref _word, Closing) == 0;
    }

    /// <summary>Lets readers in again. Owner only.</summary>
    public void Reopen()
    {
        yield.Yield();
        Interlocked.And(ref _word, ~Closing);
    }
}
