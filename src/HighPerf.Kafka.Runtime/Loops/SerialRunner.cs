namespace HighPerf.Kafka.Runtime;

/// <summary>
/// What every production loop does with its <see cref="Mailbox{TYield}"/>: enter, run items in order, leave; with a bound, so that a thread that only
/// lent itself can hand on.
/// </summary>
/// <remarks>
/// A runner is idle, running, or handed on: owned by nobody in particular until the thread it was handed to calls <see cref="Enter"/>. The mailbox is
/// "not idle" in the last two, so nobody else can enter meanwhile; what was taken from the mailbox and has not run travels with the ownership. The
/// owner's thread id answers <see cref="IsOwner"/>: a thread can only find its own id there if it wrote it, so the check needs no fence.
/// </remarks>
internal sealed class SerialRunner<TYield>(TYield yield, Action<Exception> onUnhandled)
    where TYield : struct, IYieldPoint
{
    private readonly Mailbox<TYield> _mailbox = new(yield);
    private readonly Action<Exception> _onUnhandled = onUnhandled;

    /// <summary>Items taken and not yet run, newest first. Owner: the loop.</summary>
    private IThreadPoolWorkItem?[] _taken = [];

    /// <summary>How many of them are left; the next to run is the last of these. Owner: the loop.</summary>
    private int _left;

    /// <summary>Written by the owner, 0 when there is none; read by all.</summary>
    private int _ownerThread;

    public bool IsOwner => Volatile.Read(ref _ownerThread) == Environment.CurrentManagedThreadId;

    /// <summary>Queues an item. True: the loop was idle; the caller must hand it to a thread that calls <see cref="Enter"/> and <see cref="Run"/>.</summary>
    public bool Post(IThreadPoolWorkItem item) => _mailbox.Post(item);

    /// <summary>Whether nobody owned the loop, a moment ago. For diagnostics and tests.</summary>
    public bool IsIdle => _mailbox.IsIdle;

    /// <summary>Makes the calling thread the owner when the loop is idle.</summary>
    public bool TryEnter()
    {
        if (!_mailbox.TryEnter())
        {
            return false;
        }

        Enter();
        return true;
    }

    /// <summary>Makes the calling thread, to which the loop was handed, the owner.</summary>
    public void Enter() => Volatile.Write(ref _ownerThread, Environment.CurrentManagedThreadId);

    /// <summary>Gives the ownership away without leaving: the thread that is told next calls <see cref="Enter"/>. Owner only.</summary>
    public void HandOn() => Volatile.Write(ref _ownerThread, 0);

    /// <summary>
    /// Runs up to <paramref name="limit"/> items; returns how many it ran. Fewer than the limit: nothing was queued at that moment. Owner only.
    /// </summary>
    public int Run(int limit)
    {
        int done = 0;
        while (done < limit)
        {
            if (_left == 0)
            {
                _left = _mailbox.TakeAll(ref _taken);
                if (_left == 0)
                {
                    break;
                }
            }

            IThreadPoolWorkItem item = _taken[--_left]!;
            _taken[_left] = null;
            done++;
            Execute(item);
        }

        return done;
    }

    /// <summary>Leaves. False: there is work; the caller is still the owner. Owner only.</summary>
    public bool TryLeave()
    {
        if (_left > 0)
        {
            return false;
        }

        Volatile.Write(ref _ownerThread, 0);
        if (_mailbox.TryLeave())
        {
            return true;
        }

        Enter();
        return false;
    }

    /// <summary>
    /// Runs an item at once when the loop is idle, and up to <paramref name="limit"/> that arrived meanwhile; or else queues it. True: the loop must
    /// be handed to a thread that calls <see cref="Enter"/> and <see cref="RunAndLeave"/>.
    /// </summary>
    public bool RunOrPost(IThreadPoolWorkItem item, int limit)
    {
        if (!TryEnter())
        {
            return _mailbox.Post(item);
        }

        Execute(item);
        return RunAndLeave(limit);
    }

    /// <summary>
    /// Runs up to <paramref name="limit"/> items and leaves. True: there is more, and the ownership was given away for the loop to be handed on. Owner only.
    /// </summary>
    public bool RunAndLeave(int limit)
    {
        while (limit > 0)
        {
            limit -= Run(limit);
            if (TryLeave())
            {
                return false;
            }
        }

        HandOn();
        return true;
    }

    /// <summary>Runs one item that was not queued. Owner only.</summary>
    public void Execute(IThreadPoolWorkItem item)
    {
        try
        {
            item.Execute();
        }
        catch (Exception error)
        {
            // An item that throws is a fault of ours. The loop goes on, so that its other users do not hang; the fault is not kept quiet.
            _onUnhandled(error);
        }
    }
}
