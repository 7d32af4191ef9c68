using BenchmarkDotNet.Attributes;
using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Consuming.Committing;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Tests.Consuming.Committing;

namespace HighPerf.Kafka.Benchmarks.Consuming;

/// <summary>
/// Awaited commits, per commit: the pipeline alone with a thousand callers for each request (64 partitions), and the whole committer on its own loop with 400
/// callers, who each store an offset and await its commit, against a coordinator that answers after 2 ms.
/// </summary>
public class CommitPipelineBenchmarks : ICommitListener
{
    private const int Callers = 400;
    private const int CommitsEach = 25;
    private const int Rounds = 20;

    private SilentPipeline _silent = null!;
    private ProductionEnvironment _environment = null!;
    private EventLoop _loop = null!;
    private OffsetCommitter _committer = null!;
    private CursorSlot[] _slots = null!;
    private long _offset;

    [GlobalSetup]
    public void SetUp()
    {
        _silent = new SilentPipeline();
        _environment = new ProductionEnvironment();
        _loop = _environment.CreateLoop("session", LoopKind.Dedicated);
        LoopbackCoordinator coordinator = new(_loop, new RandomSource(1), 64) { Delay = TimeSpan.FromMilliseconds(2) };
        _committer = new OffsetCommitter(coordinator, this, new CommitSettings { GroupId = "bench" }, _loop, _environment.Executor, new RandomSource(1));
        TaskCompletionSource<CursorSlot[]> opened = new();
        LoopCall.Post(_loop, () => opened.SetResult(
            [.. Enumerable.Range(0, 64).Select(i => _committer.Open(new TopicPartition("bench", i), "bench"u8.ToArray(), Guid.Empty, -1, -1))]));
        _slots = opened.Task.GetAwaiter().GetResult();
    }

    [GlobalCleanup]
    public void CleanUp() => _environment.ReleaseLoop(_loop);

    [Benchmark(OperationsPerInvoke = 1000 * Rounds)]
    public void PipelineAlone()
    {
        for (int i = 0; i < Rounds; i++)
        {
            _silent.CommitTogether(1000);
        }
    }

    [Benchmark(OperationsPerInvoke = Callers * CommitsEach)]
    public void FourHundredCallersAndTwoMilliseconds() =>
        Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => CallAsync(_slots[caller & 63])))).GetAwaiter().GetResult();

    void ICommitListener.OnMembershipRefused(ErrorCode code, int generation, string memberId)
    {
    }

    void ICommitListener.OnMetadataStale()
    {
    }

    void ICommitListener.OnNotCommitted(KafkaException error)
    {
    }

    private async Task CallAsync(CursorSlot slot)
    {
        for (int i = 0; i < CommitsEach; i++)
        {
            slot.Store(Interlocked.Increment(ref _offset));
            await _committer.CommitAsync(default).ConfigureAwait(false);
        }
    }
}
