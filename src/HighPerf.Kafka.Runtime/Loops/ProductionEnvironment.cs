using System.Runtime.ExceptionServices;
using System.Security.Cryptography;

namespace HighPerf.Kafka.Runtime;

/// <summary>Real threads and, unless another <see cref="TimeProvider"/> is given, real time. Thread-safe.</summary>
internal sealed class ProductionEnvironment : RuntimeEnvironment
{
    private readonly TimeProvider _time;
    private readonly bool _isSystemTime;
    private readonly WorkExecutor _executor;
    private readonly Action<Exception> _onUnhandled;
    private readonly long _began;
    private readonly ulong _seed;

    /// <param name="time">Null: the system's.</param>
    /// <param name="seed">Null: drawn from the operating system. Jitter only depends on it, nothing that must be secret.</param>
    /// <param name="executor">Null: the thread pool.</param>
    /// <param name="onUnhandled">Told of an exception that an item of a loop threw; null: it is thrown on a pool thread, which ends the process as
    /// any unhandled exception does.</param>
    public ProductionEnvironment(
        TimeProvider? time = null, ulong? seed = null, WorkExecutor? executor = null, Action<Exception>? onUnhandled = null)
    {
        _time = time ?? TimeProvider.System;
        _isSystemTime = ReferenceEquals(_time, TimeProvider.System);
        _executor = executor ?? new ThreadPoolExecutor();
        _onUnhandled = onUnhandled ?? Crash;
        _seed = seed ?? DrawSeed();
        _began = _time.GetTimestamp();
    }

    public override TimeProvider Time => _time;

    public override long TickCount => _isSystemTime ? Environment.TickCount64 : _time.GetUtcNow().ToUnixTimeMilliseconds();

    public override WorkExecutor Executor => _executor;

    /// <summary>Monotonic time since the environment was made.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_began);

    public override EventLoop CreateLoop(string name, LoopKind kind) =>
        kind == LoopKind.Dedicated ? new DedicatedLoop(this, name) : new BorrowedLoop(this);

    public override void ReleaseLoop(EventLoop loop)
    {
        switch (loop)
        {
            case DedicatedLoop dedicated:
                dedicated.Release();
                break;
            case BorrowedLoop borrowed:
                borrowed.Release();
                break;
            default:
                throw new ArgumentException("The loop was not made by this environment.", nameof(loop));
        }
    }

    public override RandomSource CreateRandom(string name) => new(_seed ^ StableHash.Of(name));

    internal void ReportUnhandled(Exception error) => _onUnhandled(error);

    private static void Crash(Exception error) =>
        ThreadPool.UnsafeQueueUserWorkItem(static e => e.Throw(), ExceptionDispatchInfo.Capture(error), preferLocal: false);

    private static ulong DrawSeed()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }
}
