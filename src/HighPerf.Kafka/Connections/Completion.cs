using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Connections;

/// <summary>
/// Carries one result from a loop to whoever awaits it. The loop sets it once; a work item of the executor then completes the task, so that the awaiting
/// code runs there and never on the loop. The first of result, failure and cancellation wins, the others are dropped.
/// <para>
/// The task source does not ask for asynchronous continuations: that would send them to the thread pool past the executor, and a simulation could not order
/// them.
/// </para>
/// </summary>
internal sealed class Completion<T> : IThreadPoolWorkItem
{
    private readonly WorkExecutor _executor;
    private readonly TaskCompletionSource<T> _source = new();
    private T? _result;
    private Exception? _error;
    private CancellationToken _cancelledBy;
    private CancellationTokenRegistration _registration;
    private int _decided;

    public Completion(WorkExecutor executor) => _executor = executor;

    public Task<T> Task => _source.Task;

    /// <summary>Whether an outcome is set. Any thread.</summary>
    public bool IsDecided => Volatile.Read(ref _decided) != 0;

    public void Complete(T result)
    {
        if (Decide())
        {
            _result = result;
            _executor.Queue(this);
        }
    }

    public void Fail(Exception error)
    {
        if (Decide())
        {
            _error = error;
            _executor.Queue(this);
        }
    }

    /// <summary>The task, given up by the waiter when the token fires. At most once per completion.</summary>
    public Task<T> WaitAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled && !IsDecided)
        {
            _registration = cancellationToken.UnsafeRegister(
                static (state, token) => ((Completion<T>)state!).Cancel(token), this);
            if (IsDecided)
            {
                // The outcome may have come before the registration was stored; then nobody else would take it back.
                _registration.Unregister();
            }
        }

        return _source.Task;
    }

    void IThreadPoolWorkItem.Execute()
    {
        _registration.Unregister();
        if (_cancelledBy.IsCancellationRequested)
        {
            _source.TrySetCanceled(_cancelledBy);
        }
        else if (_error is not null)
        {
            _source.TrySetException(_error);
        }
        else
        {
            _source.TrySetResult(_result!);
        }
    }

    private void Cancel(CancellationToken token)
    {
        if (Decide())
        {
            _cancelledBy = token;
            _executor.Queue(this);
        }
    }

    private bool Decide() => Interlocked.Exchange(ref _decided, 1) == 0;
}
