using System.Threading.Tasks.Sources;

namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>
/// One caller that waits for a commit, as a value-task source that is used again. The first of answer, failure, time-out and cancellation decides the outcome;
/// the caller goes on from the executor, never on a loop. Cancelling detaches the caller, and nothing else: the commit goes on (W1).
/// </summary>
/// <remarks>
/// Two hold it: the caller, until it has its result, and the commit path, until whatever it waits for is settled. Who lets go last gives it back to the
/// pool. When a cancellation may still be about to run, it would find the next use: then it is not given back.
/// </remarks>
internal sealed class CommitWaiter : IValueTaskSource, IThreadPoolWorkItem
{
    private readonly CommitWaiters _owner;
    private ManualResetValueTaskSourceCore<bool> _core; // owner: who decided, then the caller
    private CancellationTokenRegistration _registration; // owner: the caller
    private Exception? _error; // written by who decided
    private int _decided; // interlocked
    private int _holders; // interlocked
    private bool _isSpoiled; // owner: the caller; read by who lets go last

    public CommitWaiter(CommitWaiters owner) => _owner = owner;

    /// <summary>The next in its chain. Owner: the commit path.</summary>
    public CommitWaiter? Next { get; set; }

    /// <summary>What is to be committed; null: all that was stored before the call.</summary>
    public IReadOnlyList<GivenOffset>? Given { get; private set; }

    /// <summary>Whether the given offsets may be lower than what is committed.</summary>
    public bool IsRewind { get; private set; }

    /// <summary>On the loop's clock. Owner: the loop.</summary>
    public TimeSpan Deadline { get; set; }

    /// <summary>Whether the outcome is decided, such as by cancelling. Any thread.</summary>
    public bool IsDecided => Volatile.Read(ref _decided) != 0;

    /// <summary>Begins a use and returns its task. By the caller.</summary>
    public ValueTask Begin(IReadOnlyList<GivenOffset>? given, bool isRewind, CancellationToken cancellationToken)
    {
        _core.Reset();
        _error = null;
        _decided = 0;
        _holders = 2;
        Given = given;
        IsRewind = isRewind;
        short version = _core.Version;
        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(static (state, token) => ((CommitWaiter)state!).Cancel(token), this);
        }

        return new ValueTask(this, version);
    }

    /// <summary>Decides the outcome; null: it is committed. True: the one who asks must see to it that <see cref="Tell"/> runs on the executor.</summary>
    public bool TryDecide(Exception? error)
    {
        if (Interlocked.Exchange(ref _decided, 1) != 0)
        {
            return false;
        }

        _error = error;
        _owner.Decided();
        return true;
    }

    /// <summary>The caller goes on. On the executor.</summary>
    public void Tell()
    {
        if (_error is null)
        {
            _core.SetResult(true);
        }
        else
        {
            _core.SetException(_error);
        }
    }

    /// <summary>One of the two holders lets go.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0 && !_isSpoiled)
        {
            Given = null;
            _owner.Return(this);
        }
    }

    /// <summary>Runs on the executor when the caller was detached by its token.</summary>
    void IThreadPoolWorkItem.Execute() => Tell();

    void IValueTaskSource.GetResult(short token)
    {
        _isSpoiled |= _registration.Token.CanBeCanceled && !_registration.Unregister();
        _registration = default;
        try
        {
            _core.GetResult(token);
        }
        finally
        {
            Release();
        }
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken token)
    {
        if (TryDecide(new OperationCanceledException(token)))
        {
            _owner.Executor.Queue(this);
        }
    }
}
