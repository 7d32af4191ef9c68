using System.Runtime.CompilerServices;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>
/// Where one partition of one assignment stands: what readers store, and what the commit pipeline knows. One object per assignment of the partition; one that
/// was closed stays closed, so that nothing stored late can reach a later assignment (G8).
/// </summary>
/// <remarks>
/// <para>What any thread touches is two words. <c>_word</c> is the highest next offset that was stored, -1 for none, or <c>long.MinValue</c>: closed.
/// Storing swaps a higher one in; closing exchanges it and so takes the last one: each store comes before that and counts, or after it and is
/// refused.</para>
/// <para><c>_link</c> says whether the slot stands in <see cref="DirtySlots"/>, so that nothing is ever scanned: free, being pushed, or pushed, and above
/// that a count of how often it was unlinked. Who has stored looks at it afterwards. <em>Pushed</em>: the loop will unlink the slot, and only then read
/// the word, so it finds what was stored. <em>Free</em>: who moves it to <em>being pushed</em> pushes the slot. <em>Being pushed</em>: another thread is
/// about to, but may be held up for long just now, and a commit that is asked for next must find this store. So one more link is made and pushed, the
/// only case that allocates anything. The loop may then come across the slot twice, and finds nothing new the second time.</para>
/// <para>The count keeps a thread that was held up after pushing from calling the slot pushed when it has been unlinked, and is about to be pushed
/// anew.</para>
/// <para>The object is longer than two cache lines, so that the words of neighbours do not share one. What the pipeline writes stands in the same object:
/// it does so once for a commit, not for a record.</para>
/// </remarks>
internal sealed class CursorSlot : DirtyLink
{
    private const long ClosedWord = long.MinValue;
    private const long NothingStored = -1;

    private const int Free = 0;
    private const int BeingPushed = 1;
    private const int Pushed = 2;
    private const int StateMask = 3;
    private const int OneUnlinking = 4;

    private readonly DirtySlots _dirty;
    private long _word = NothingStored; // any thread, interlocked
    private int _link = Free; // any thread, interlocked

    // Not properties: parts of them are changed in place. Owner: the loop.
    private LeaderEpochHistory _epochs;

    public CursorSlot(TopicPartition partition, byte[] topicBytes, Guid topicId, DirtySlots dirty)
    {
        Partition = partition;
        TopicBytes = topicBytes;
        TopicId = topicId;
        _dirty = dirty;
    }

    public TopicPartition Partition { get; }

    /// <summary>The topic's name in UTF-8.</summary>
    public byte[] TopicBytes { get; }

    /// <summary>The topic's id when the partition was assigned; empty when it is not known.</summary>
    public Guid TopicId { get; }

    /// <summary>The next offset that was stored last; -1 when none was, or the slot is closed. Any thread.</summary>
    public long StoredOffset => Math.Max(NothingStored, Volatile.Read(ref _word));

    public bool IsClosed => Volatile.Read(ref _word) == ClosedWord;

    // ---- owner: the loop -----------------------------------------------------------------------------------------------------------

    /// <summary>The highest that the coordinator has acknowledged.</summary>
    public CommitPoint Acked { get; set; } = CommitPoint.None;

    /// <summary>The highest that was taken from the readers.</summary>
    public CommitPoint Stored { get; set; } = CommitPoint.None;

    /// <summary>What a caller gave to be committed; null when it is settled.</summary>
    public GivenPoint? Given { get; set; }

    /// <summary>Counts rewinds: what was stored before one is lower than what comes after it.</summary>
    public int Turn { get; set; }

    /// <summary>Whether it stands among those whose target is not acknowledged.</summary>
    public bool IsUnacked { get; set; }

    /// <summary>Whether the pipeline has nothing to do with it any more.</summary>
    public bool IsGone { get; set; }

    /// <summary>Whether the coordinator refused for good what a give-up waits for.</summary>
    public bool IsRefused { get; set; }

    /// <summary>
    /// The slot of the assignment before, which was still being given up when this one was opened: it goes first; null when there is none.
    /// </summary>
    public CursorSlot? Predecessor { get; set; }

    /// <summary>Until when a broker may still apply a commit that got no answer; zero when there is none.</summary>
    public TimeSpan UncertainUntil { get; set; }

    /// <summary>The highest of all that is to be committed.</summary>
    public CommitPoint Target => Given is { } given && Covers(given.Point, Stored) ? given.Point : Stored;

    public bool IsAcknowledged => Covers(Acked, Target);

    /// <summary>Whether acknowledging <paramref name="point"/> acknowledges the other one, too.</summary>
    public bool Covers(in CommitPoint point, in CommitPoint other) => point.Covers(other, _epochs.FirstKnown);

    /// <summary>Whether it does not stand among the unacknowledged any more; notes it.</summary>
    public bool Settled()
    {
        IsUnacked = !IsGone && !IsAcknowledged;
        return !IsUnacked;
    }

    /// <summary>Goes on where the slot before it stood with the coordinator.</summary>
    public void TakeOver(CursorSlot before)
    {
        Acked = before.Acked;
        Turn = before.Turn;
        _epochs = before._epochs;
    }

    /// <summary>A record of the epoch lies at the offset.</summary>
    public void EpochSeen(int epoch, long offset) => _epochs.Seen(epoch, offset);

    /// <summary>The point to commit for a next offset: with the epoch of the last record before it (G1).</summary>
    public CommitPoint PointOf(long offset) => new(Turn, _epochs.EpochBefore(offset), offset);

    /// <summary>What to write for a point's epoch: one that was unknown when it was stored may be known by now.</summary>
    public int EpochOf(in CommitPoint point) => point.Epoch >= 0 ? point.Epoch : _epochs.FirstKnown;

    /// <summary>Epochs that no later offset needs are forgotten.</summary>
    public void ForgetEpochsBefore(long offset) => _epochs.ForgetBefore(offset);

    // ---- any thread ------------------------------------------------------------------------------------------------------------------

    /// <summary>Stores a next offset. Any thread; never waits.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public StoreResult Store(long nextOffset) => Store(nextOffset, default(NoYield));

    public StoreResult Store<TYield>(long nextOffset, TYield yield)
        where TYield : struct, IYieldPoint
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nextOffset);
        yield.Yield();
        long seen = Volatile.Read(ref _word);
        while (nextOffset > seen)
        {
            if (seen == ClosedWord)
            {
                return StoreResult.Closed;
            }

            yield.Yield();
            long was = Interlocked.CompareExchange(ref _word, nextOffset, seen);
            if (was == seen)
            {
                SeeToBeingPushed(yield);
                return StoreResult.Stored;
            }

            seen = was;
        }

        // Who stored the higher one may not have pushed it yet, and this caller may ask for a commit next.
        SeeToBeingPushed(yield);
        return StoreResult.NotHigher;
    }

    /// <summary>What is stored now; -1 when nothing is, or the slot is closed, which took it. The loop only, after <see cref="Unlink"/>.</summary>
    public long Take() => StoredOffset;

    /// <summary>Every store is refused from here on. Returns the last one that was not; -1 when there is none, or the slot was closed before.</summary>
    public long Close() => Math.Max(NothingStored, Interlocked.Exchange(ref _word, ClosedWord));

    /// <summary>Forgets what was stored: from here on any offset above the given one counts. The loop only. False: the slot is closed.</summary>
    public bool Rewind<TYield>(long offset, TYield yield)
        where TYield : struct, IYieldPoint
    {
        yield.Yield();
        long seen = Volatile.Read(ref _word);
        while (seen != ClosedWord)
        {
            yield.Yield();
            long was = Interlocked.CompareExchange(ref _word, offset, seen);
            if (was == seen)
            {
                return true;
            }

            seen = was;
        }

        return false;
    }

    /// <inheritdoc/>
    public override CursorSlot Unlink()
    {
        // Whoever stores after this pushes it again; who stored before is seen by whoever reads the word next.
        int link = Volatile.Read(ref _link);
        while (true)
        {
            int was = Interlocked.CompareExchange(ref _link, (link & ~StateMask) + OneUnlinking, link);
            if (was == link)
            {
                return this;
            }

            link = was; // its pusher has just called it pushed
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SeeToBeingPushed<TYield>(TYield yield)
        where TYield : struct, IYieldPoint
    {
        yield.Yield();
        if ((Volatile.Read(ref _link) & StateMask) != Pushed)
        {
            PushOrHelp(yield);
        }
    }

    private void PushOrHelp<TYield>(TYield yield)
        where TYield : struct, IYieldPoint
    {
        int link = Volatile.Read(ref _link);
        switch (link & StateMask)
        {
            case Free when Interlocked.CompareExchange(ref _link, link | BeingPushed, link) == link:
                _dirty.Push(this, yield);
                yield.Yield();
                Interlocked.CompareExchange(ref _link, (link & ~StateMask) | Pushed, link | BeingPushed);
                break;
            case Pushed:
                break;
            default:
                _dirty.Push(new ExtraLink(this), yield);
                break;
        }
    }

    private sealed class ExtraLink(CursorSlot slot) : DirtyLink
    {
        public override CursorSlot Unlink() => slot;
    }
}
