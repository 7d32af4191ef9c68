using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Consuming.Committing;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Tests.Producing.Stress;
using Xunit.Abstractions;

namespace HighPerf.Kafka.Tests.Consuming.Committing;

/// <summary>
/// S1g: 64 threads and 64 partitions on real loops and real threads, with delays, errors and connections that die, some of which bring their request late.
/// HPK_LONG=1 makes it a million commits.
/// </summary>
[Collection(StressCollection.Name)]
public sealed class CommitStressTests(ITestOutputHelper output) : ICommitListener
{
    private const int Threads = 64;
    private const int Partitions = 64;

    private static readonly TimeSpan _uncertain = TimeSpan.FromMilliseconds(200);

    private int _told; // owner: the loop
    private long _waited;
    private long _cancelled;

    private static bool IsLong => Environment.GetEnvironmentVariable("HPK_LONG") == "1";

    [Fact]
    public async Task S1g_Offsets_never_go_backward_but_by_a_dead_connection_and_no_waiter_is_lost()
    {
        ProductionEnvironment environment = new();
        EventLoop loop = environment.CreateLoop("session", LoopKind.Dedicated);
        LoopbackCoordinator coordinator = new(loop, new RandomSource(5), Partitions)
        {
            Delay = TimeSpan.FromMilliseconds(1), FaultRate = 0.12, LatestApply = TimeSpan.FromMilliseconds(100),
        };
        CommitSettings settings = new()
        {
            GroupId = "g",
            AutoCommitInterval = TimeSpan.FromMilliseconds(30),
            RetryBackoff = TimeSpan.FromMilliseconds(1),
            RetryBackoffMax = TimeSpan.FromMilliseconds(4),
            UncertainTime = _uncertain,
        };
        OffsetCommitter committer = new(coordinator, this, settings, loop, environment.Executor, new RandomSource(6));
        CursorSlot[] slots = await OnLoopAsync(loop, environment, () => Enumerable.Range(0, Partitions)
            .Select(i => committer.Open(new TopicPartition("t", i), "t"u8.ToArray(), Guid.Empty, -1, -1)).ToArray());
        long[] next = new long[Partitions];
        int each = (IsLong ? 1_000_000 : 20_000) / Threads;
        Task[] callers = [.. Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
            () => CallAsync(committer, coordinator, slots, next, thread, each), TaskCreationOptions.LongRunning).Unwrap())];
        await Task.WhenAll(callers).WaitAsync(TimeSpan.FromMinutes(IsLong ? 20 : 5));

        KafkaException? failure = await OnLoopAsync<KafkaException?>(
            loop, environment, done => committer.Close(loop.Now + TimeSpan.FromSeconds(30), done));
        Assert.Null(failure);
        Assert.Equal((0, 0, 0, 0), (coordinator.Overlaps, coordinator.Decreases, committer.PendingOperations, _told));
        Assert.True(await OnLoopAsync(loop, environment, () => committer.IsIdle));
        for (int i = 0; i < Partitions; i++)
        {
            Assert.Equal(next[i], coordinator.Committed(i));
        }

        output.WriteLine(
            $"{_waited} commits awaited, {_cancelled} cancelled, {coordinator.Requests} requests, {coordinator.Faults} faults, "
            + $"{coordinator.LateDecreases} offsets that a dead connection took back for a while");
        Assert.True(coordinator.Faults > 15);
        Assert.True(coordinator.LateDecreases > 0);
        environment.ReleaseLoop(loop);
    }

    void ICommitListener.OnMembershipRefused(ErrorCode code, int generation, string memberId) => _told++;

    void ICommitListener.OnMetadataStale() => _told++;

    void ICommitListener.OnNotCommitted(KafkaException error) => _told++;

    private async Task CallAsync(OffsetCommitter committer, LoopbackCoordinator coordinator, CursorSlot[] slots, long[] next, int seed, int count)
    {
        RandomSource random = new((ulong)seed);
        for (int i = 0; i < count; i++)
        {
            int partition = random.Next(Partitions);
            long offset = Interlocked.Increment(ref next[partition]);
            Assert.NotEqual(StoreResult.Closed, slots[partition].Store(offset));
            int kind = random.Next(10);
            using CancellationTokenSource? cancel = kind == 0 ? new CancellationTokenSource() : null;
            ValueTask commit = kind == 1
                ? committer.CommitAsync([new GivenOffset(slots[partition].Partition, offset)], default)
                : committer.CommitAsync(cancel?.Token ?? default);
            try
            {
                cancel?.Cancel();
                await commit;
                Interlocked.Increment(ref _waited);
                long highest = coordinator.Highest(partition);
                Assert.True(highest >= offset, $"t-{partition}@{offset} counts as committed, but the coordinator has {highest}.");
            }
            catch (OperationCanceledException) when (cancel is not null)
            {
                Interlocked.Increment(ref _cancelled);
            }
        }
    }

    private static async Task<T> OnLoopAsync<T>(EventLoop loop, RuntimeEnvironment environment, Func<T> ask) =>
        await OnLoopAsync<T>(loop, environment, done => done(ask()));

    private static Task<T> OnLoopAsync<T>(EventLoop loop, RuntimeEnvironment environment, Action<Action<T>> ask)
    {
        Completion<T> done = new(environment.Executor);
        LoopCall.Post(loop, () => ask(done.Complete));
        return done.Task;
    }
}
