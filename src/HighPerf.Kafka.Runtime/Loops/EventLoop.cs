namespace HighPerf.Kafka.Runtime;

/// <summary>
/// A serial executor: what is posted to a loop runs one item at a time, in the order it was posted, on whichever thread owns the loop at that moment.
/// State that belongs to a loop is touched by its owner only, and needs no lock. Inside a loop there is no <c>async</c>: an item runs to completion, never
/// blocks, and never runs a user's code (that goes to the <see cref="WorkExecutor"/>).
/// </summary>
internal abstract class EventLoop
{
    /// <summary>Whether the calling thread owns the loop now.</summary>
    public abstract bool IsOwner { get; }

    /// <summary>Monotonic time since the environment began. Virtual in simulation. Any thread.</summary>
    public abstract TimeSpan Now { get; }

    /// <summary>Queues an item. Any thread; allocates nothing beyond the queue's own growth. An item may be queued again once it has begun to run.</summary>
    public abstract void Post(IThreadPoolWorkItem item);

    /// <summary>
    /// Runs an item at once on the calling thread when the loop is idle (the caller owns the loop for that call, and a bounded number of events that
    /// arrive meanwhile), or else queues it. Any thread, the owner included (then it is queued).
    /// </summary>
    public abstract void RunOrPost(IThreadPoolWorkItem item);

    /// <summary>As <see cref="RunOrPost"/>, from a thread of the pool that came with a completion and has nothing else to do.</summary>
    public virtual void RunOrPostFromPool(IThreadPoolWorkItem item) => RunOrPost(item);

    /// <summary>
    /// Queues an item to the executor, or has the thread run it that is the owner now, once it has left the loop: when that is a thread of the pool anyway,
    /// which came to run the loop, then one hand-over less. The item may block and run a user's code. Owner only.
    /// </summary>
    public abstract void QueueAfter(IThreadPoolWorkItem item);

    /// <summary>Arms a timer at an absolute time of <see cref="Now"/>; arming again moves it. Owner only.</summary>
    public abstract void Arm(LoopTimer timer, TimeSpan due);

    /// <summary>Disarms a timer; one that is not armed stays so. Owner only. After this it does not fire.</summary>
    public abstract void Disarm(LoopTimer timer);
}
