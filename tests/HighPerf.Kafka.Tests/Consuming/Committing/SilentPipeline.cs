using HighPerf.Kafka.Consuming.Committing;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Tests.Consuming.Committing;

/// <summary>A pipeline whose coordinator answers at once, and that notes nothing: what is measured is the pipeline.</summary>
internal sealed class SilentPipeline : ICommitEffects
{
    private readonly InlineExecutor _executor = new();
    private readonly CommitWaiters _waiters;
    private readonly OffsetCommitPipeline _pipeline;
    private readonly CursorSlot[] _slots;
    private readonly ValueTask[] _tasks = new ValueTask[1000];
    private WaiterChain _settled;
    private long _offset;
    private bool _isHandedOver;

    public SilentPipeline()
    {
        _waiters = new CommitWaiters(_executor);
        _pipeline = new OffsetCommitPipeline(new CommitSettings { GroupId = "g" }, this, new RandomSource(1));
        _slots = [.. Enumerable.Range(0, 64).Select(i => _pipeline.Open(new TopicPartition("t", i), "t"u8.ToArray(), Guid.Empty, -1, -1))];
    }

    /// <summary>So many callers (at most 1,000) store an offset each and wait for one request.</summary>
    public void CommitTogether(int callers)
    {
        for (int i = 0; i < callers; i++)
        {
            _slots[i & 63].Store(++_offset);
            CommitWaiter waiter = _waiters.Rent();
            _tasks[i] = waiter.Begin(null, false, default);
            _pipeline.Add(waiter, TimeSpan.Zero);
        }

        _pipeline.Pump(TimeSpan.Zero);
        while (_isHandedOver)
        {
            _isHandedOver = false;
            _pipeline.TryBegin(TimeSpan.Zero);
            foreach (ref CommitEntry entry in _pipeline.Flight)
            {
                entry.Code = ErrorCode.None;
            }

            _pipeline.EndAnswer(TimeSpan.Zero, _pipeline.Identity);
        }

        _executor.Queue(new CommitOutcome(_executor, _settled.TakeAll()!));
        _executor.RunAll();
        for (int i = 0; i < callers; i++)
        {
            _tasks[i].GetAwaiter().GetResult();
        }
    }

    void ICommitEffects.Send() => _isHandedOver = true;

    void ICommitEffects.CoordinatorMoved(ErrorCode code)
    {
    }

    void ICommitEffects.MetadataIsStale()
    {
    }

    void ICommitEffects.MembershipRefused(ErrorCode code, CommitIdentity identity)
    {
    }

    void ICommitEffects.Settle(CommitWaiter waiter, Exception? error)
    {
        if (waiter.TryDecide(error))
        {
            _settled.Add(waiter);
        }
    }

    void ICommitEffects.NotCommitted(KafkaException error)
    {
    }

    void ICommitEffects.Tell(Action call) => call();
}
