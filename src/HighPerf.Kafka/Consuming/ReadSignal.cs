using System.Threading.Tasks.Sources;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Consuming;

/// <summary>
/// Wakes the one reader of a consumer. Any number of sets before the reader waits are one; a set while it waits completes the wait, on the executor.
///
/// One interlocked word: 0 nothing, 1 set, 2 somebody waits. Waiting goes 0 to 2 (or 1 to 0 and completes at once); setting goes 0 to 1, or 2 to 0 and
/// queues the completion. Whoever
/// moves the word from 2 to 0 (a set, a cancellation) owns the completion; the other finds 0 or 1 and does nothing. The source is reused, since there
/// is one reader; one that waits again before its last wait is over is told so.
/// </summary>
internal sealed class ReadSignal : IValueTaskSource, IThreadPoolWorkItem
{
    private const int Nothing = 0;
    private const int IsSet = 1;
    private const int Waiting = 2;

    private readonly WorkExecutor _executor;
    private ManualResetValueTaskSourceCore<bool> _core; // owner: whoever moved the word from Waiting, then the reader
    private CancellationTokenRegistration _registration; // owner: the reader
    private CancellationToken _cancelledBy; // written by the cancellation that owns the completion
    private int _word; // any thread, interlocked
    private int _isAwaited; // interlocked: whether a wait was begun whose result was not taken

    public ReadSignal(WorkExecutor executor) => _executor = executor;

    /// <summary>Whether the reader waits. Any thread.</summary>
    public bool IsAwaited => Volatile.Read(ref _isAwaited) != 0;

    /// <summary>There is something to read. Any thread.</summary>
    public void Set()
    {
        // First the common cases: nobody waits (make it known), or it is known already.
        int seen = Interlocked.CompareExchange(ref _word, IsSet, Nothing);
        if (seen == Waiting && Interlocked.CompareExchange(ref _word, Nothing, Waiting) == Waiting)
        {
            _executor.Queue(this);
        }
        else if (seen == Waiting)
        {
            // A cancellation took the wait in between: the next wait must not miss this set.
            Interlocked.CompareExchange(ref _word, IsSet, Nothing);
        }
    }

    /// <summary>Waits for the next set. The reader only, which looks for data again afterwards, whatever woke it.</summary>
    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        if (Interlocked.Exchange(ref _isAwaited, 1) != 0)
        {
            throw new InvalidOperationException(
                "A wait on this consumer is still under way. A consumer has one reader: await the wait that was begun, or cancel it by its token.");
        }

        _core.Reset();
        _cancelledBy = default;
        short version = _core.Version;
        if (Interlocked.CompareExchange(ref _word, Waiting, Nothing) != Nothing)
        {
            Interlocked.Exchange(ref _word, Nothing);
            Volatile.Write(ref _isAwaited, 0);
            return ValueTask.CompletedTask;
        }

        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(static (state, token) => ((ReadSignal)state!).Cancel(token), this);
        }

        return new ValueTask(this, version);
    }

    public void GetResult(short token)
    {
        _registration.Dispose();
        _registration = default;
        try
        {
            _core.GetResult(token);
        }
        finally
        {
            Volatile.Write(ref _isAwaited, 0);
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    void IThreadPoolWorkItem.Execute()
    {
        if (_cancelledBy.IsCancellationRequested)
        {
            _core.SetException(new OperationCanceledException(_cancelledBy));
        }
        else
        {
            _core.SetResult(true);
        }
    }

    private void Cancel(CancellationToken token)
    {
        if (Interlocked.CompareExchange(ref _word, Nothing, Waiting) == Waiting)
        {
            _cancelledBy = token;
            _executor.Queue(this);
        }
    }
}
