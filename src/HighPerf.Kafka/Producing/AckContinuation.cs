namespace HighPerf.Kafka.Producing;

/// <summary>
/// The rare continuation that needs more than being called: one with a context to run in, or one that was given just as the outcome came. Allocated for it.
/// </summary>
internal sealed class AckContinuation : IThreadPoolWorkItem
{
    /// <summary>Runs an <see cref="AckContinuation"/> that is given as the state.</summary>
    public static readonly Action<object?> Run = static state => ((AckContinuation)state!).RunInContext();

    private readonly Action<object?> _continuation;
    private readonly object? _state;
    private readonly ExecutionContext? _execution;
    private readonly object? _scheduling;

    public AckContinuation(Action<object?> continuation, object? state, ExecutionContext? execution, object? scheduling)
    {
        _continuation = continuation;
        _state = state;
        _execution = execution;
        _scheduling = scheduling;
    }

    /// <summary>The synchronisation context or task scheduler to come back to; null for none.</summary>
    public static object? CurrentScheduling()
    {
        SynchronizationContext? context = SynchronizationContext.Current;
        if (context is not null && context.GetType() != typeof(SynchronizationContext))
        {
            return context;
        }

        TaskScheduler scheduler = TaskScheduler.Current;
        return ReferenceEquals(scheduler, TaskScheduler.Default) ? null : scheduler;
    }

    void IThreadPoolWorkItem.Execute() => RunInContext();

    private void RunInContext()
    {
        switch (_scheduling)
        {
            case SynchronizationContext context:
                context.Post(static state => ((AckContinuation)state!).Call(), this);
                break;
            case TaskScheduler scheduler:
                new Task(static state => ((AckContinuation)state!).Call(), this, TaskCreationOptions.DenyChildAttach).Start(scheduler);
                break;
            default:
                Call();
                break;
        }
    }

    private void Call()
    {
        if (_execution is null)
        {
            _continuation(_state);
        }
        else
        {
            ExecutionContext.Run(_execution, static state => ((AckContinuation)state!)._continuation(((AckContinuation)state)._state), this);
        }
    }
}
