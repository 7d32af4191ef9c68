using System.Threading.Tasks.Sources;

namespace HighPerf.Kafka.Runtime;

/// <summary>
/// "There may be something for you": many threads set it, one waiter at a time awaits it. Setting it often before the waiter looks counts once; a set without a waiter is
/// remembered. Allocates nothing. The waiter's continuation runs on the executor or in the context it awaited on, never inside <see cref="Set"/>.
/// </summary>
/// <remarks>
/// The word <c>_state</c> is <c>Clear</c>, <c>IsSet</c> or <c>Waiting</c>, and every change is one compare-and-swap. A wait ends by the swap from <c>Waiting</c> to <c>Clear</c>; of the setters and
/// the cancellation one succeeds, and it alone publishes in the cell. Later sets find <c>Clear</c> and are remembered for the next wait: nothing is lost.
/// </remarks>
internal sealed class AsyncSignal(WorkExecutor executor) : IValueTaskSource, IThreadPoolWorkItem
{
    private const int Clear = 0;
    private const int IsSet = 1;
    private const int Waiting = 2;

    /// <summary>Shared, interlocked.</summary>
    private int _state;

    private ContinuationCell _cell;

    /// <summary>Written by who ended the wait before it publishes.</summary>
    private bool _cancelled;

    /// <summary>Owner: the waiter. So are the rest.</summary>
    private bool _waiting;
    private short _version;
    private CancellationToken _token;
    private CancellationTokenRegistration _registration;

    /// <summary>Ends the wait that is under way, or the next one at once. Any thread.</summary>
    public void Set()
    {
        while (true)
        {
            // Not a plain read: what the setter wrote before must be visible to a waiter that clears the state right after, or that waiter
            // would clear the signal, not find the work, and sleep.
            int state = Interlocked.CompareExchange(ref _state, IsSet, Clear);
            if (state != Waiting)
            {
                return;
            }

            if (Interlocked.CompareExchange(ref _state, Clear, Waiting) == Waiting)
            {
                _cell.Publish(executor, this, runHere: false);
                return;
            }
        }
    }

    /// <summary>Complete when the signal was set since the last wait ended; one wait at a time.</summary>
    /// <exception cref="OperationCanceledException">The token fired first.</exception>
    public ValueTask WaitAsync(CancellationToken token = default)
    {
        if (_waiting)
        {
            throw new InvalidOperationException("The signal is awaited already; it has one waiter at a time.");
        }

        if (token.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(token);
        }

        if (Interlocked.CompareExchange(ref _state, Clear, IsSet) == IsSet)
        {
            return default;
        }

        _waiting = true;
        if (Interlocked.CompareExchange(ref _state, Waiting, Clear) != Clear)
        {
            // Set since the look above. Nobody but this waiter clears it.
            _waiting = false;
            Volatile.Write(ref _state, Clear);
            return default;
        }

        if (token.CanBeCanceled)
        {
            _token = token;
            _registration = token.UnsafeRegister(static signal => ((AsyncSignal)signal!).Cancel(), this);
        }

        return new ValueTask(this, _version);
    }

    public ValueTaskSourceStatus GetStatus(short token)
    {
        CheckVersion(token);
        return !_cell.IsPublished ? ValueTaskSourceStatus.Pending
            : _cancelled ? ValueTaskSourceStatus.Canceled
            : ValueTaskSourceStatus.Succeeded;
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        CheckVersion(token);
        _cell.Park(continuation, state, flags, executor, this);
    }

    public void GetResult(short token)
    {
        CheckVersion(token);
        if (!_cell.IsPublished)
        {
            throw new InvalidOperationException("The signal is not set; await it, do not block on it.");
        }

        _registration.Dispose();
        bool cancelled = _cancelled;
        CancellationToken cancellation = _token;
        _registration = default;
        _token = default;
        _cancelled = false;
        _version++;
        _cell.Reset();
        _waiting = false;
        if (cancelled)
        {
            throw new OperationCanceledException(cancellation);
        }
    }

    /// <summary>Runs the continuation, on the executor.</summary>
    void IThreadPoolWorkItem.Execute() => _cell.Run();

    private void Cancel()
    {
        if (Interlocked.CompareExchange(ref _state, Clear, Waiting) == Waiting)
        {
            _cancelled = true;
            _cell.Publish(executor, this, runHere: false);
        }
    }

    private void CheckVersion(short token)
    {
        if (token != _version)
        {
            throw new InvalidOperationException("This wait is over; a value task is awaited once.");
        }
    }
}
