using System.Threading.Tasks.Sources;

namespace HighPerf.Kafka.Runtime;

/// <summary>
/// Where a waiter parks its continuation and the side that knows the outcome finds it. The meeting is one exchange of one field, so one of the two
/// always sees the other.
/// </summary>
/// <remarks>
/// The field is null, the waiter's continuation, or a sentinel that says "there is an outcome". <see cref="Publish"/> exchanges it for the sentinel:
/// a continuation that stood there is sent off; when none did, the waiter finds the sentinel, and after the exchange the publisher touches nothing
/// any more, for the waiter may already have taken the outcome and given the whole object to somebody else. <see cref="Park"/> swaps null for the
/// continuation, or sends it off when the sentinel is there. The rest of the fields is written by the waiter before it parks and read by the
/// publisher after it found it, which the exchange orders. A mutable struct: a field of its owner, never copied.
/// </remarks>
internal struct ContinuationCell
{
    private static readonly Action<object?> HasOutcome = static _ => { };

    /// <summary>Shared, interlocked.</summary>
    private Action<object?>? _continuation;

    /// <summary>The continuation that is on its way. Owner: who sends it off, then who runs it.</summary>
    private Action<object?>? _leaving;

    /// <summary>Owner: the waiter until it is parked, then who sends it off, then who runs it. So are the next two.</summary>
    private object? _state;

    /// <summary>A <see cref="SynchronizationContext"/>, a <see cref="TaskScheduler"/>, or null: the executor.</summary>
    private object? _context;

    private ExecutionContext? _executionContext;

    /// <summary>Whether the outcome is published. Any thread.</summary>
    public bool IsPublished => ReferenceEquals(Volatile.Read(ref _continuation), HasOutcome);

    /// <summary>Parks the waiter. <paramref name="owner"/> calls <see cref="Run"/> when it is executed.</summary>
    public void Park(
        Action<object?> continuation, object? state, ValueTaskSourceOnCompletedFlags flags, WorkExecutor executor, IThreadPoolWorkItem owner)
    {
        if ((flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0)
        {
            _executionContext = ExecutionContext.Capture();
        }

        if ((flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) != 0)
        {
            _context = CurrentContext();
        }

        _state = state;
        Action<object?>? before = Interlocked.CompareExchange(ref _continuation, continuation, null);
        if (before is null)
        {
            return;
        }

        if (!ReferenceEquals(before, HasOutcome))
        {
            throw new InvalidOperationException("The operation is awaited twice; await it once.");
        }

        // The outcome came between the awaiter's look and now. Running the continuation here would grow the stack.
        _leaving = continuation;
        SendOff(executor, owner, runHere: false);
    }

    /// <summary>Says that there is an outcome. <paramref name="runHere"/>: the caller is on the executor already.</summary>
    public void Publish(WorkExecutor executor, IThreadPoolWorkItem owner, bool runHere)
    {
        Action<object?>? waiting = Interlocked.Exchange(ref _continuation, HasOutcome);
        if (waiting is not null)
        {
            _leaving = waiting;
            SendOff(executor, owner, runHere);
        }
    }

    /// <summary>Runs the continuation that was sent off.</summary>
    public void Run()
    {
        Action<object?> continuation = _leaving!;
        object? state = _state;
        ExecutionContext? executionContext = _executionContext;

        // Before it runs: the continuation may take the outcome, and then the object is somebody else's.
        _leaving = null;
        _state = null;
        _context = null;
        _executionContext = null;
        if (executionContext is null)
        {
            continuation(state);
        }
        else
        {
            RunInContext(executionContext, continuation, state);
        }
    }

    /// <summary>Empties the cell for the next use. The waiter has the outcome.</summary>
    public void Reset() => _continuation = null;

    /// <summary>
    /// Only for callers that await without an async method, which is rare: those have their context flow by themselves. The pair allocates.
    /// </summary>
    private static void RunInContext(ExecutionContext executionContext, Action<object?> continuation, object? state) =>
        ExecutionContext.Run(
            executionContext,
            static pair =>
            {
                (Action<object?> action, object? actionState) = ((Action<object?>, object?))pair!;
                action(actionState);
            },
            (continuation, state));

    private static object? CurrentContext()
    {
        SynchronizationContext? context = SynchronizationContext.Current;
        if (context is not null && context.GetType() != typeof(SynchronizationContext))
        {
            return context;
        }

        TaskScheduler scheduler = TaskScheduler.Current;
        return ReferenceEquals(scheduler, TaskScheduler.Default) ? null : scheduler;
    }

    private readonly void SendOff(WorkExecutor executor, IThreadPoolWorkItem owner, bool runHere)
    {
        if (_context is null)
        {
            if (runHere)
            {
                owner.Execute();
            }
            else
            {
                executor.Queue(owner);
            }
        }
        else if (_context is SynchronizationContext context)
        {
            context.Post(static item => ((IThreadPoolWorkItem)item!).Execute(), owner);
        }
        else
        {
            Task.Factory.StartNew(
                static item => ((IThreadPoolWorkItem)item!).Execute(),
                owner,
                CancellationToken.None,
                TaskCreationOptions.DenyChildAttach,
                (TaskScheduler)_context);
        }
    }
}
