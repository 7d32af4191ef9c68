namespace HighPerf.Kafka.Consuming;

/// <summary>
/// Giving partitions up without duplicates: nothing of them is delivered any more; what is in processing ends; the application is told and may commit; what
/// is stored is committed, and only then are they gone. Each step is bounded: processing and the application by one moment, the commit by the end. Pure:
/// events in, the next step out. Owner: the session's loop.
/// </summary>
internal sealed class HandOver
{
    // Of the time for all of it, what is kept for the commit: the application's slowness must not cost what is processed.
    private const int CommitShare = 5;

    private readonly List<PartitionCursor> _inProcessing = [];

    /// <param name="cursors">What is given up.</param>
    /// <param name="now">On the loop's clock.</param>
    /// <param name="deadline">When it has to be over.</param>
    public HandOver(IReadOnlyList<PartitionCursor> cursors, TimeSpan now, TimeSpan deadline)
    {
        Cursors = cursors;
        Deadline = deadline > now ? deadline : now;
        PatienceEnds = Deadline - ((Deadline - now) / CommitShare);
    }

    public IReadOnlyList<PartitionCursor> Cursors { get; }

    public TimeSpan Deadline { get; }

    /// <summary>How long processing and the application's listener are waited for.</summary>
    public TimeSpan PatienceEnds { get; }

    public HandOverStep Step { get; private set; } = HandOverStep.Draining;

    /// <summary>What was still in processing when patience ended.</summary>
    public IReadOnlyList<PartitionCursor> Overran { get; private set; } = [];

    /// <summary>Stops delivery. The first step; the caller does what it says, as with the other events.</summary>
    public HandOverStep Begin(bool waitsForProcessing)
    {
        foreach (PartitionCursor cursor in Cursors)
        {
            if (!cursor.BeginToGiveUp())
            {
                _inProcessing.Add(cursor);
            }
        }

        return waitsForProcessing && _inProcessing.Count > 0 ? Step : Step = HandOverStep.Telling;
    }

    /// <summary>Nothing of a partition is in processing any more.</summary>
    public bool Drained(PartitionCursor cursor)
    {
        if (!_inProcessing.Remove(cursor) || Step != HandOverStep.Draining || _inProcessing.Count > 0)
        {
            return false;
        }

        Step = HandOverStep.Telling;
        return true;
    }

    /// <summary>The application was told, and is done. False: that was over already.</summary>
    public bool Told()
    {
        if (Step != HandOverStep.Telling)
        {
            return false;
        }

        Step = HandOverStep.Committing;
        return true;
    }

    /// <summary>
    /// Patience has ended. True: a step was cut short, and the next begins. An application that was not told yet is told, and not waited for.
    /// </summary>
    public bool PatienceEnded(out bool isUntold)
    {
        isUntold = Step == HandOverStep.Draining;
        if (Step is not (HandOverStep.Draining or HandOverStep.Telling))
        {
            return false;
        }

        Overran = [.. _inProcessing];
        Step = HandOverStep.Committing;
        return true;
    }

    /// <summary>The commit is answered, or its time is over.</summary>
    public void Committed() => Step = HandOverStep.Done;
}
