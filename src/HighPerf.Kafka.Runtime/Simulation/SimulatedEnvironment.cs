namespace HighPerf.Kafka.Runtime;

/// <summary>
/// Loops, executor, time and randomness of a simulation: one thread, virtual time, every choice from the seed. Make it, use it and run it on one
/// thread.
/// </summary>
/// <remarks>
/// Application code runs on a pumped synchronisation context, so an <c>await</c> comes back into the simulation. Loops and executor items run without
/// a context: a continuation of theirs runs where its task is completed. What leaves the simulation (a real thread, timer or socket) is noticed when
/// it comes back, and ends the run with an error.
/// </remarks>
internal sealed class SimulatedEnvironment : RuntimeEnvironment
{
    /// <summary>More steps than this in one run are taken for a circle.</summary>
    public const long DefaultMaxSteps = 50_000_000;

    private readonly ulong _seed;
    private readonly SimulatedExecutor _executor;
    private readonly SimulatedTimeProvider _time;
    private readonly SimulatedSynchronizationContext _context;

    /// <param name="seed">All choices follow from it.</param>
    /// <param name="trace">Gets a line for each entry of the log; null: none.</param>
    public SimulatedEnvironment(ulong seed, Action<string>? trace = null)
    {
        _seed = seed;
        Log = new EventLog(trace);
        Scheduler = new SimulationScheduler(seed, Log);
        _executor = new SimulatedExecutor(Scheduler);
        _time = new SimulatedTimeProvider(Scheduler, _executor);
        _context = new SimulatedSynchronizationContext(Scheduler);
    }

    public override TimeProvider Time => _time;

    public override long TickCount => Time.GetUtcNow().ToUnixTimeMilliseconds();

    public override WorkExecutor Executor => _executor;

    public EventLog Log { get; }

    /// <summary>Virtual time since the start.</summary>
    public TimeSpan Now => Scheduler.Now;

    internal SimulationScheduler Scheduler { get; }

    public override EventLoop CreateLoop(string name, LoopKind kind) => new SimulatedLoop(Scheduler, Executor, name);

    public override void ReleaseLoop(EventLoop loop) => ((SimulatedLoop)loop).Release();

    public override RandomSource CreateRandom(string name) => new(_seed ^ StableHash.Of(name));

    /// <summary>Runs application code until its task is complete; its exception comes out here.</summary>
    /// <param name="application">Runs on the pumped context.</param>
    /// <param name="limit">Of virtual time.</param>
    /// <param name="maxSteps">A bound on the number of steps.</param>
    /// <exception cref="SimulationDeadlockException">The application waits and nothing can ever happen.</exception>
    /// <exception cref="TimeoutException">A limit is reached.</exception>
    public void Run(Func<Task> application, TimeSpan limit, long maxSteps = DefaultMaxSteps)
    {
        Task? task = null;
        _context.Post(_ => task = Begin(application), null);
        Scheduler.Run(() => task is { IsCompleted: true }, limit, maxSteps);
        task!.GetAwaiter().GetResult();
    }

    /// <summary>Completes when virtual time has passed by <paramref name="duration"/>. For application code of the simulation.</summary>
    public Task Wait(TimeSpan duration)
    {
        TaskCompletionSource source = new();
        _ = _time.CreateTimer(static state => ((TaskCompletionSource)state!).SetResult(), source, duration, Timeout.InfiniteTimeSpan);
        return source.Task;
    }

    /// <summary>Lets virtual time pass by <paramref name="duration"/> and runs everything that comes up in it.</summary>
    public void RunFor(TimeSpan duration) => Scheduler.RunUntil(Scheduler.Now + duration);

    private static async Task Begin(Func<Task> application) => await application();
}
