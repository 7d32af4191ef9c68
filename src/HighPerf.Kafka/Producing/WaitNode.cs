using System.Threading.Tasks.Sources;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// One caller that waits in a line, as a value-task source that its line uses again. Who takes it out of the line, under the line's lock, decides its
/// outcome, so that there is one: its turn, its token, or the end of the line. The caller goes on from the executor.
/// </summary>
internal sealed class WaitNode : IValueTaskSource, IThreadPoolWorkItem
{
    private readonly IWaitOwner _owner;
    private readonly WorkExecutor _executor;
    private ManualResetValueTaskSourceCore<bool> _core; // owner: who took the node out, then the waiting caller
    private CancellationTokenRegistration _registration; // owner: the waiting caller
    private CancellationToken _cancelledBy; // written by who took it out
    private Exception? _error; // written by who took it out

    public WaitNode(IWaitOwner owner, WorkExecutor executor)
    {
        _owner = owner;
        _executor = executor;
    }

    /// <summary>What it waits for, in whatever its line counts.</summary>
    public long Amount { get; private set; }

    /// <summary>Until when it waits, if its line looks at that; on the loop's clock.</summary>
    public TimeSpan Deadline { get; private set; }

    /// <summary>Its neighbours and whether it has any. Owner: the line's lock.</summary>
    public WaitNode? Next { get; set; }

    public WaitNode? Previous { get; set; }

    public bool IsLinked { get; set; }

    /// <summary>Begins a use. Under the line's lock.</summary>
    public void Begin(long amount, TimeSpan deadline)
    {
        Amount = amount;
        Deadline = deadline;
        _error = null;
        _cancelledBy = default;
        _core.Reset();
    }

    /// <summary>The task; registers with the token. Once per use, by the waiting caller, outside the lock.</summary>
    public ValueTask Start(CancellationToken cancellationToken)
    {
        short version = _core.Version;
        _registration = cancellationToken.UnsafeRegister(static (state, token) => ((WaitNode)state!).Cancel(token), this);
        return new ValueTask(this, version);
    }

    /// <summary>It was taken out, and its caller goes on.</summary>
    public void Serve() => _executor.Queue(this);

    /// <summary>It was taken out, and its caller fails.</summary>
    public void Fail(Exception error)
    {
        _error = error;
        _executor.Queue(this);
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (_error is not null)
        {
            _core.SetException(_error);
        }
        else if (_cancelledBy.IsCancellationRequested)
        {
            _core.SetException(new OperationCanceledException(_cancelledBy));
        }
        else
        {
            _core.SetResult(true);
        }
    }

    void IValueTaskSource.GetResult(short token)
    {
        // A callback that ran, or may still run, would find the next use: then the node is not used again.
        bool isFree = !_registration.Token.CanBeCanceled || _registration.Unregister();
        try
        {
            _core.GetResult(token);
        }
        finally
        {
            if (isFree)
            {
                _owner.Recycle(this);
            }
        }
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken token)
    {
        if (_owner.TryRemove(this))
        {
            _cancelledBy = token;
            _executor.Queue(this);
        }
    }
}
