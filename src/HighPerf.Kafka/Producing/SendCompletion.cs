using System.Threading.Tasks.Sources;
using Microsoft.Extensions.ObjectPool;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// The awaited end of one send: a pooled value-task source that its batch completes and its caller awaits.
///
/// Three parties race: the batch that completes it, a token that cancels it, and the pool that hands it out again once the caller has read the result.
/// One interlocked word holds
/// the use it stands for (its generation, upper bits) and whether an outcome was claimed (lowest bit). Batch and token remember the generation that
/// they were given; who finds another
/// generation, or the bit set, came too late and does nothing. Completing runs the caller's continuation at once, and is therefore called from
/// executor work items only.
/// </summary>
internal sealed class SendCompletion : IValueTaskSource<RecordMetadata>, IThreadPoolWorkItem
{
    private readonly ProducerEngine _engine;
    private readonly ObjectPool<SendCompletion> _pool;
    private ManualResetValueTaskSourceCore<RecordMetadata> _core; // owner: whoever claimed the outcome, then the awaiting caller
    private long _state; // any thread, interlocked
    private CancellationTokenRegistration _registration; // owner: the caller until the task is returned
    private CancellationToken _cancelledBy; // written by the claimant

    public SendCompletion(ProducerEngine engine, ObjectPool<SendCompletion> pool)
    {
        _engine = engine;
        _pool = pool;
    }

    /// <summary>What a batch keeps to know the use that it was given.</summary>
    public long Generation => Volatile.Read(ref _state) >> 1;

    /// <summary>Begins a use, fresh from the pool, and returns its generation.</summary>
    public long Begin()
    {
        _core.Reset();
        long generation = (_state >> 1) + 1;
        Interlocked.Exchange(ref _state, generation << 1);
        return generation;
    }

    /// <summary>The task; registers with the token when that can fire. Once per use, by the caller.</summary>
    public ValueTask<RecordMetadata> Start(long generation, CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled && Volatile.Read(ref _state) == generation << 1)
        {
            _registration = cancellationToken.UnsafeRegister(
                static (state, token) =>
                {
                    (SendCompletion completion, long use) = ((SendCompletion, long))state!;
                    completion.Cancel(use, token);
                },
                (this, generation));
        }

        return new ValueTask<RecordMetadata>(this, _core.Version);
    }

    /// <summary>Succeeds, unless the caller has given up. From an executor work item.</summary>
    public void TryComplete(long generation, in RecordMetadata metadata)
    {
        if (Claim(generation))
        {
            _core.SetResult(metadata);
        }
    }

    /// <summary>Fails, unless the caller has given up. From an executor work item.</summary>
    public void TryFail(long generation, Exception error)
    {
        if (Claim(generation))
        {
            _core.SetException(error);
        }
    }

    public RecordMetadata GetResult(short token)
    {
        // A task that is awaited twice, or not complete, must not give the object back: it is somebody else's, or the batch's.
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending)
        {
            throw new InvalidOperationException("The send is not complete; await it, do not block on it.");
        }

        // Does not wait for a cancellation callback under way: that one has lost, and will find another generation.
        _registration.Unregister();
        _registration = default;
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _pool.Return(this);
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    void IThreadPoolWorkItem.Execute() => _core.SetException(new OperationCanceledException(
        "The wait for the acknowledgement was cancelled. The record is sent all the same.", _cancelledBy));

    private void Cancel(long generation, CancellationToken token)
    {
        if (Claim(generation))
        {
            _cancelledBy = token;
            _engine.Executor.Queue(this);
        }
    }

    private bool Claim(long generation) => Interlocked.CompareExchange(ref _state, (generation << 1) | 1, generation << 1) == generation << 1;
}
