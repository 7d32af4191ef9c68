using HighPerf.Kafka.Consuming.Committing;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Tests.Consuming.Committing;

/// <summary>
/// A commit pipeline without a driver: the test is the loop, the clock and the coordinator, and sees every request as text (<c>t-0=11 t-1=21</c>).
/// </summary>
internal sealed class PipelineProbe : ICommitEffects
{
    public const string Topic = "t";

    public static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly InlineExecutor _executor = new();
    private readonly List<Action> _told = [];

    public PipelineProbe(bool isAutomatic = true)
    {
        Settings = new CommitSettings { GroupId = "g", IsAutomatic = isAutomatic };
        Waiters = new CommitWaiters(_executor);
        Pipeline = new OffsetCommitPipeline(Settings, this, new RandomSource(1));
    }

    public CommitSettings Settings { get; }

    public OffsetCommitPipeline Pipeline { get; }

    public CommitWaiters Waiters { get; }

    public TimeSpan Now { get; set; } = Second;

    /// <summary>Whether a request is written as soon as it is handed over; if not, by <see cref="Write"/>.</summary>
    public bool WritesAtOnce { get; init; } = true;

    /// <summary>Every request that was written.</summary>
    public List<string> Sent { get; } = [];

    /// <summary>Everything else that the pipeline asked for.</summary>
    public List<string> Asked { get; } = [];

    public List<KafkaException> Background { get; } = [];

    /// <summary>Under which identity the request under way was written.</summary>
    public CommitIdentity WrittenAs { get; private set; } = CommitIdentity.NoMember;

    public CursorSlot Open(int partition, long committed = -1, int epoch = -1) => Pipeline.Open(At(partition), "t"u8.ToArray(), Guid.Empty, committed, epoch);

    public static TopicPartition At(int partition) => new(Topic, partition);

    public Task CommitAsync(CancellationToken cancellationToken = default) => Add(null, false, cancellationToken);

    public Task GiveAsync(params GivenOffset[] given) => Add(given, false, default);

    public Task RewindAsync(params GivenOffset[] given) => Add(given, true, default);

    public void Write()
    {
        if (Pipeline.TryBegin(Now))
        {
            WrittenAs = Pipeline.Identity;
            Sent.Add(string.Join(' ', Pipeline.Flight.ToArray().Select(Describe)));
        }
        else
        {
            Pipeline.Failed(new KafkaException("Nothing to commit."), maybeSent: false, Now);
        }

        Run();
    }

    /// <summary>Answers every partition of the request under way with one code.</summary>
    public void Answer(ErrorCode code = ErrorCode.None) => Answer(_ => code);

    public void Answer(Func<TopicPartition, ErrorCode?> code)
    {
        foreach (ref CommitEntry entry in Pipeline.Flight)
        {
            entry.Code = code(entry.Slot.Partition) ?? CommitEntry.Missing;
        }

        Pipeline.EndAnswer(Now, WrittenAs);
        Run();
    }

    /// <summary>The connection dies.</summary>
    public void Lose(bool maybeSent = true)
    {
        Pipeline.Failed(new KafkaConnectionException("The connection was lost."), maybeSent, Now);
        Run();
    }

    /// <summary>Lets time pass up to what is due next, at most the given time. True: something was due.</summary>
    public bool Pass(TimeSpan atMost)
    {
        TimeSpan due = Pipeline.NextDue(Now);
        bool isDue = due - Now <= atMost;
        Now = isDue ? (due > Now ? due : Now) : Now + atMost;
        Pipeline.OnTime(Now);
        Run();
        return isDue;
    }

    public void Tick()
    {
        Pipeline.CommitAutomatically(Now);
        Run();
    }

    public Told GiveUp(TimeSpan time, params CursorSlot[] slots)
    {
        Told done = new();
        Pipeline.GiveUp(slots, Now + time, done.Tell, Now);
        Run();
        return done;
    }

    public Told Quiesce(TimeSpan time)
    {
        Told done = new();
        Pipeline.CloseGate(Now + time, () => done.Tell(null), Now);
        Run();
        return done;
    }

    /// <summary>Runs what the pipeline left for later: callers that go on, and what it tells.</summary>
    public void Run()
    {
        do
        {
            _executor.RunAll();
            Action[] told = [.. _told];
            _told.Clear();
            Array.ForEach(told, call => call());
        }
        while (_told.Count > 0);
    }

    void ICommitEffects.Send()
    {
        if (WritesAtOnce)
        {
            Write();
        }
    }

    void ICommitEffects.CoordinatorMoved(ErrorCode code) => Asked.Add($"moved {code}");

    void ICommitEffects.MetadataIsStale() => Asked.Add("metadata");

    void ICommitEffects.MembershipRefused(ErrorCode code, CommitIdentity identity) => Asked.Add($"{code} {identity.MemberId}/{identity.Generation}");

    void ICommitEffects.Settle(CommitWaiter waiter, Exception? error)
    {
        waiter.Next = null;
        if (waiter.TryDecide(error))
        {
            _executor.Queue(new CommitOutcome(_executor, waiter));
        }
        else
        {
            waiter.Release();
        }
    }

    void ICommitEffects.NotCommitted(KafkaException error) => Background.Add(error);

    void ICommitEffects.Tell(Action call) => _told.Add(call);

    private static string Describe(CommitEntry entry)
    {
        string metadata = entry.Metadata.Length == 0 ? "" : $"'{System.Text.Encoding.UTF8.GetString(entry.Metadata)}'";
        int epoch = entry.Slot.EpochOf(entry.Point);
        return $"{entry.Slot.Partition}={entry.Point.Offset}{(epoch < 0 ? "" : $"/{epoch}")}{metadata}";
    }

    private Task Add(IReadOnlyList<GivenOffset>? given, bool isRewind, CancellationToken cancellationToken)
    {
        CommitWaiter waiter = Waiters.Rent();
        Task task = waiter.Begin(given, isRewind, cancellationToken).AsTask();
        Pipeline.Add(waiter, Now);
        Pipeline.Pump(Now);
        Run();
        return task;
    }
}
