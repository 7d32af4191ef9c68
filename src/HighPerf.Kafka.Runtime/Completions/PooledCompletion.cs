using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;

namespace HighPerf.Kafka.Runtime;

/// <summary>
/// What a public async operation gives its caller: completed once by the side that works (usually a loop), awaited once by the caller, then back to
/// its pool. The caller's continuation never runs inside the call that completes it: it goes to the <see cref="WorkExecutor"/>, or to the
/// synchronisation context that the caller awaited on.
/// </summary>
/// <remarks>
/// <para>Two sides hold a completion, and each lets go once: the working side by its one call of <see cref="TrySetResult"/> or <see
/// cref="TrySetException"/>, which it owes in any case, also after a cancellation; the waiting side by taking the result. The one that lets go last
/// returns the object. So neither a late completion after a cancelled wait, nor a late cancellation, can ever reach the next user of the
/// object.</para>
/// <para><c>_state</c> decides the race of completion and cancellation: the working side sets <c>Worked</c>; a cancellation sets <c>Cancelled</c>,
/// only while <c>Worked</c> is not set. Whoever came first is the outcome, and publishes it in the <see cref="ContinuationCell"/>. The waiter looks
/// at nothing but the cell to learn whether there is an outcome, so it cannot take the result, and give the object back, between the two
/// steps.</para>
/// <para>A cancellation token is registered only if it can fire and there is no outcome yet; the registration is disposed before the object goes
/// back, which waits for a callback that runs at that moment. The callback is short and runs no user code.</para>
/// </remarks>
internal sealed class PooledCompletion<T> : IValueTaskSource<T>, IValueTaskSource, IThreadPoolWorkItem
{
    /// <summary>The working side has let go.</summary>
    private const int Worked = 1;

    /// <summary>The wait was cancelled first.</summary>
    private const int Cancelled = 2;

    /// <summary>The waiting side has let go.</summary>
    private const int Taken = 4;

    private readonly CompletionPool<T> _pool;

    /// <summary>Shared, interlocked: see the remarks.</summary>
    private int _state;

    private ContinuationCell _cell;

    /// <summary>Written by the working side before it sets <c>Worked</c>.</summary>
    private T? _result;

    /// <summary>As <see cref="_result"/>; an <see cref="Exception"/>, made throwable when it is taken.</summary>
    private Exception? _error;

    /// <summary>Owner: the waiter.</summary>
    private CancellationTokenRegistration _registration;

    /// <summary>Owner: the waiter.</summary>
    private CancellationToken _token;

    /// <summary>Changes when the object goes back, so that a value task awaited twice is noticed.</summary>
    private short _version;

    internal PooledCompletion(CompletionPool<T> pool)
    {
        _pool = pool;
    }

    /// <summary>Whether the waiter is gone: the work may be dropped, but the completion is still owed its one call. Any thread.</summary>
    public bool IsCancelled => (Volatile.Read(ref _state) & Cancelled) != 0;

    /// <summary>The wait, to be awaited once. Called once, by the side that will wait.</summary>
    /// <param name="token">Ends the wait with <see cref="OperationCanceledException"/>; it does not undo the work.</param>
    public ValueTask<T> AsValueTask(CancellationToken token = default)
    {
        Register(token);
        return new ValueTask<T>(this, _version);
    }

    /// <summary>As <see cref="AsValueTask"/>, for who needs no result.</summary>
    public ValueTask AsPlainValueTask(CancellationToken token = default)
    {
        Register(token);
        return new ValueTask(this, _version);
    }

    /// <summary>The work is done. False: the wait was cancelled before. Either way the working side must not touch the object any more.</summary>
    public bool TrySetResult(T result)
    {
        _result = result;
        return Complete(runHere: false);
    }

    /// <summary>The work failed. As <see cref="TrySetResult"/>.</summary>
    public bool TrySetException(Exception error)
    {
        _error = error;
        return Complete(runHere: false);
    }

    /// <summary>
    /// As <see cref="TrySetResult"/>, for code that already runs on the executor (one item that completes a batch of waits): a continuation without a
    /// context runs inside this call.
    /// </summary>
    public bool TrySetResultOnExecutor(T result)
    {
        _result = result;
        return Complete(runHere: true);
    }

    /// <summary>As <see cref="TrySetResultOnExecutor"/>.</summary>
    public bool TrySetExceptionOnExecutor(Exception error)
    {
        _error = error;
        return Complete(runHere: true);
    }

    public ValueTaskSourceStatus GetStatus(short token)
    {
        CheckVersion(token);
        if (!_cell.IsPublished)
        {
            return ValueTaskSourceStatus.Pending;
        }

        return IsCancelled ? ValueTaskSourceStatus.Canceled
            : _error is null ? ValueTaskSourceStatus.Succeeded
            : _error is OperationCanceledException ? ValueTaskSourceStatus.Canceled
            : ValueTaskSourceStatus.Faulted;
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        CheckVersion(token);
        _cell.Park(continuation, state, flags, _pool.Executor, this);
    }

    public T GetResult(short token)
    {
        CheckVersion(token);
        if (!_cell.IsPublished)
        {
            throw new InvalidOperationException("The operation is not complete; await it, do not block on it.");
        }

        _registration.Dispose();
        bool cancelled = IsCancelled;
        CancellationToken cancellation = _token;
        T? result = _result;
        Exception? error = _error;
        _version++;
        if ((Interlocked.Or(ref _state, Taken) & Worked) != 0)
        {
            Return();
        }

        if (cancelled)
        {
            throw new OperationCanceledException(cancellation);
        }

        if (error is not null)
        {
            ExceptionDispatchInfo.Throw(error);
        }

        return result!;
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    /// <summary>Runs the continuation, on the executor.</summary>
    void IThreadPoolWorkItem.Execute() => _cell.Run();

    private void Register(CancellationToken token)
    {
        if (token.CanBeCanceled && (Volatile.Read(ref _state) & Worked) == 0)
        {
            _token = token;
            _registration = token.UnsafeRegister(static completion => ((PooledCompletion<T>)completion!).Cancel(), this);
        }
    }

    private bool Complete(bool runHere)
    {
        int before = Interlocked.Or(ref _state, Worked);
        if ((before & Worked) != 0)
        {
            throw new InvalidOperationException("An operation was completed twice; its worker owes exactly one completion.");
        }

        if ((before & Cancelled) != 0)
        {
            if ((before & Taken) != 0)
            {
                Return();
            }

            return false;
        }

        _cell.Publish(_pool.Executor, this, runHere);
        return true;
    }

    private void Cancel()
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, 0) == 0)
        {
            _cell.Publish(_pool.Executor, this, runHere: false);
        }
    }

    private void CheckVersion(short token)
    {
        if (token != _version)
        {
            throw new InvalidOperationException("The operation's result was taken before; a value task is awaited once.");
        }
    }

    /// <summary>Both sides have let go.</summary>
    private void Return()
    {
        _state = 0;
        _cell.Reset();
        _result = default;
        _error = null;
        _registration = default;
        _token = default;
        _pool.Return(this);
    }
}
