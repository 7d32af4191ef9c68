using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// The ends of up to 64 sends of one batch: where the batch tells what became of each record, and the value-task source that its caller awaits. A batch
/// has a chain of blocks, one for each 64 records that somebody waits for, so that a record costs a slot in an array and no object.
/// </summary>
/// <remarks>
/// <para>Three parties race for a slot: the batch that tells it, a token that cancels it, and the caller that awaits it. Batch and token claim it
/// (<see cref="AckSlot.Claim"/> holds the use that they mean); the winner writes the outcome and then exchanges <see cref="AckSlot.Continuation"/> for
/// a mark, and the caller exchanges the same field the other way: whoever comes second sees the other, so that a continuation runs once, always.
/// Where no token can fire there is one claimant, and no claim.</para>
/// <para>A block is used again when its batch has told every slot and every awaiting caller has read its result. <c>_holds</c> begins at a bias that
/// nobody can count down: readers take one each, and the end of telling adds what was awaited less the bias. A caller that never reads its result
/// leaves the block to the garbage collector, with no harm to others. Value tasks name slot and use in their 16 bits: a task that is awaited twice is
/// told so, unless exactly 1,024 uses lie between.</para>
/// <para>Telling runs continuations and handlers at once: it is called from executor work items only.</para>
/// </remarks>
internal sealed class AckBlock : IValueTaskSource<RecordMetadata>
{
    public const int Size = 64;

    private const int HeaderBytes = 96; // its own fields, and the array's header

    private const int Bias = 1 << 20;
    private const int VersionMask = (1 << 10) - 1;

    /// <summary>Stands in a slot whose outcome is there.</summary>
    private static readonly Action<object?> Done = static _ => Debug.Fail("A mark is never called.");

    private readonly ProducerEngine _engine;
    private readonly AckSlot[] _slots = new AckSlot[Size];
    private PartitionQueue _queue = null!; // written by Begin
    private int _used; // owner: the queue's lock until the batch is sealed
    private int _awaited; // owner: the queue's lock until the batch is sealed
    private int _told; // interlocked
    private int _holds; // interlocked; see the remarks
    private int _version; // written by Begin

    public AckBlock(ProducerEngine engine) => _engine = engine;

    public WorkExecutor Executor => _engine.Executor;

    /// <summary>The next one of the same batch. Owner: as the batch's.</summary>
    public AckBlock? Next { get; set; }

    public bool IsFull => _used == Size;

    /// <summary>What a block takes of the producer's memory while the records of its slots are not told: 73 bytes for each, beside the record itself.</summary>
    public static int Bytes => (Unsafe.SizeOf<AckSlot>() * Size) + HeaderBytes;

    /// <summary>Begins a use, fresh from the pool.</summary>
    public void Begin(PartitionQueue queue)
    {
        _queue = queue;
        _used = 0;
        _awaited = 0;
        _told = 0;
        _version++;
        Next = null;
        Interlocked.Exchange(ref _holds, Bias);
    }

    /// <summary>Takes a slot for a record of the batch. Under the queue's lock.</summary>
    public void Add(int index, long timestamp, ref AckRequest request)
    {
        int number = _used++;
        ref AckSlot slot = ref _slots[number];
        slot.Index = index;
        slot.Timestamp = timestamp;
        slot.Claim = _version << 1;
        if (request.Kind == AckKind.Callback)
        {
            slot.Handler = request.Handler;
            slot.State = request.State;
            slot.Offset = request.Context;
            slot.IsCancellable = false;
            return;
        }

        slot.IsCancellable = request.Kind == AckKind.AwaitedCancellable;
        _awaited++;
        request.Block = this;
        request.Token = (short)(((_version & VersionMask) << 6) | number);
    }

    /// <summary>The task of a slot; registers with the token. Once per slot, by the caller of the send.</summary>
    public ValueTask<RecordMetadata> Start(short token, CancellationToken cancellationToken)
    {
        ref AckSlot slot = ref _slots[token & (Size - 1)];
        if (slot.IsCancellable)
        {
            slot.Cancellation ??= new AckCancellation(this, token & (Size - 1));
            slot.Cancellation.Register(_version, cancellationToken);
        }

        return new ValueTask<RecordMetadata>(this, token);
    }

    /// <summary>Claims the outcome of a slot in the use that is meant. Any thread.</summary>
    public bool TryClaim(int slot, int version) => Interlocked.CompareExchange(ref _slots[slot].Claim, (version << 1) | 1, version << 1) == version << 1;

    /// <summary>The place of a slot's record in the batch for which the slot was taken.</summary>
    public int IndexOf(int slot) => _slots[slot].Index;

    /// <summary>Tells slots of one batch. From an executor work item; afterwards the block may be anybody's.</summary>
    /// <param name="firstIndex">The place of the batch's first record among those for which the slots were taken.</param>
    public void Tell(int first, int count, int firstIndex, in BatchResult result)
    {
        for (int i = first; i < first + count; i++)
        {
            ref AckSlot slot = ref _slots[i];
            if (slot.IsCancellable && !TryClaim(i, slot.Claim >> 1))
            {
                continue;
            }

            long context = slot.Offset;
            slot.Offset = result.BaseOffset < 0 ? -1 : result.BaseOffset + slot.Index - firstIndex;
            slot.Timestamp = result.LogAppendTime >= 0 ? result.LogAppendTime : slot.Timestamp;
            slot.Error = result.Error;
            if (slot.Handler is not null)
            {
                Call(ref slot, context);
            }
            else
            {
                Publish(ref slot);
            }
        }

        if (Interlocked.Add(ref _told, count) == _used)
        {
            // Not when all are read: who never reads its result must not keep memory from others.
            _engine.Memory.Release(Bytes);
            if (Interlocked.Add(ref _holds, _awaited - Bias) == 0)
            {
                _engine.Recycle(this);
            }
        }
    }

    /// <summary>The token won. From an executor work item.</summary>
    public void FinishCancelled(int number, CancellationToken token)
    {
        ref AckSlot slot = ref _slots[number];
        slot.Error = ExceptionDispatchInfo.Capture(new OperationCanceledException(
            "The wait for the acknowledgement was cancelled. The record is sent all the same.", token));
        Publish(ref slot);
    }

    public ValueTaskSourceStatus GetStatus(short token)
    {
        ref AckSlot slot = ref SlotOf(token);
        if (Volatile.Read(ref slot.Continuation) != (object)Done)
        {
            return ValueTaskSourceStatus.Pending;
        }

        return slot.Error is null ? ValueTaskSourceStatus.Succeeded
            : slot.Error.SourceException is OperationCanceledException ? ValueTaskSourceStatus.Canceled : ValueTaskSourceStatus.Faulted;
    }

    public RecordMetadata GetResult(short token)
    {
        ref AckSlot slot = ref SlotOf(token);
        if (Volatile.Read(ref slot.Continuation) != (object)Done)
        {
            throw new InvalidOperationException("The send is not complete, or its result was read before; await it once, do not block on it.");
        }

        if (slot.IsCancellable && !slot.Cancellation!.Unregister())
        {
            slot.Cancellation = null;
        }

        ExceptionDispatchInfo? error = slot.Error;
        RecordMetadata metadata = new(_queue.Topic.Name, _queue.Partition, slot.Offset, slot.Timestamp);
        slot.Error = null;
        slot.State = null;
        Volatile.Write(ref slot.Continuation, null);
        if (Interlocked.Decrement(ref _holds) == 0)
        {
            _engine.Recycle(this);
        }

        error?.Throw();
        return metadata;
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        ref AckSlot slot = ref SlotOf(token);
        object? scheduling = (flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) != 0 ? AckContinuation.CurrentScheduling() : null;
        ExecutionContext? execution = (flags & ValueTaskSourceOnCompletedFlags.FlowExecutionContext) != 0 ? ExecutionContext.Capture() : null;
        if (scheduling is not null || execution is not null)
        {
            state = new AckContinuation(continuation, state, execution, scheduling);
            continuation = AckContinuation.Run;
        }

        slot.State = state;
        Action<object?>? before = Interlocked.CompareExchange(ref slot.Continuation, continuation, null);
        if (before is null)
        {
            return;
        }

        if (before != (object)Done)
        {
            throw new InvalidOperationException("The send is awaited already; await it once.");
        }

        // The outcome came in between. Running it here would nest as deep as there are such races.
        Executor.Queue(new AckContinuation(continuation, state, null, null));
    }

    private static void Publish(ref AckSlot slot)
    {
        Action<object?>? continuation = Interlocked.Exchange(ref slot.Continuation, Done);
        continuation?.Invoke(slot.State);
    }

    private void Call(ref AckSlot slot, long context)
    {
        IDeliveryHandler handler = slot.Handler!;
        object? state = slot.State;
        slot.Handler = null;
        slot.State = null;
        RecordMetadata metadata = new(_queue.Topic.Name, _queue.Partition, slot.Offset, slot.Timestamp);
        DeliveryReport report = new(metadata, slot.Error?.SourceException, state, context);
        slot.Error = null;
        try
        {
            handler.OnDelivered(report);
        }
        catch (Exception e)
        {
            _engine.HandlerFailed(e);
        }
    }

    private ref AckSlot SlotOf(short token)
    {
        if (((ushort)token >> 6) != (_version & VersionMask))
        {
            throw new InvalidOperationException("The result of this send was read before; a value task is awaited once.");
        }

        return ref _slots[token & (Size - 1)];
    }
}
