namespace HighPerf.Kafka.Runtime;

/// <summary>
/// Everything that comes from outside: loops, threads, time and randomness. One production form, one simulated form; nothing else reaches for them.
/// </summary>
internal abstract class RuntimeEnvironment
{
    /// <summary>The wall clock (record timestamps) and the source of monotonic time.</summary>
    public abstract TimeProvider Time { get; }

    /// <summary>Milliseconds that pass as those of <see cref="Time"/> do, in steps that may be several long, and far cheaper to ask for. Any thread.</summary>
    public abstract long TickCount { get; }

    public abstract WorkExecutor Executor { get; }

    /// <summary>Makes a loop. <paramref name="name"/> is for traces and thread names; <paramref name="kind"/> says how it gets its thread.</summary>
    public abstract EventLoop CreateLoop(string name, LoopKind kind);

    /// <summary>Gives back what the loop holds (its thread); items still queued run first. Any thread, once.</summary>
    public abstract void ReleaseLoop(EventLoop loop);

    /// <summary>
    /// A generator of its own for one component, derived from the environment's seed and the component's name. Not thread-safe: its user is its
    /// owner.
    /// </summary>
    public abstract RandomSource CreateRandom(string name);
}
