using System.Runtime.ExceptionServices;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// One record's place in an <see cref="AckBlock"/>. Owner: the queue's lock until the batch is sealed, then whoever claims the outcome, then the caller
/// that reads it; <see cref="Continuation"/> and <see cref="Claim"/> are where they meet.
/// </summary>
internal struct AckSlot
{
    /// <summary>What runs when the outcome is there; the block's own mark once it is there. Interlocked.</summary>
    public Action<object?>? Continuation;

    /// <summary>The state of the continuation, or of the user's handler.</summary>
    public object? State;

    /// <summary>The user's handler; null when the record is awaited.</summary>
    public IDeliveryHandler? Handler;

    /// <summary>Why it failed; null when it did not.</summary>
    public ExceptionDispatchInfo? Error;

    /// <summary>Kept from use to use.</summary>
    public AckCancellation? Cancellation;

    /// <summary>The record's timestamp, in the end the log's.</summary>
    public long Timestamp;

    /// <summary>The record's offset in the end; before that the number that was given with a handler.</summary>
    public long Offset;

    /// <summary>The record's place in its batch.</summary>
    public int Index;

    /// <summary>The block's version doubled, plus one when the outcome was claimed. Interlocked where <see cref="IsCancellable"/>.</summary>
    public int Claim;

    /// <summary>Whether a token may end the wait: then acknowledgement and token race, and <see cref="Claim"/> decides.</summary>
    public bool IsCancellable;
}
