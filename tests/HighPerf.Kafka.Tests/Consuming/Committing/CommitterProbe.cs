using System.Text;
using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Consuming.Committing;
using HighPerf.Kafka.Groups;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Consuming.Committing;

/// <summary>
/// A committer on the wire, in a simulation: a scripted coordinator that answers, holds or refuses each OffsetCommit, and the exact sequence that it saw.
/// </summary>
internal sealed class CommitterProbe : ICommitListener
{
    public static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly List<(ScriptedConnection Connection, ScriptedRequest Request)> _held = [];

    public CommitterProbe(Simulation simulation, ScriptedCluster cluster, KafkaClient client, CommitSettings settings)
    {
        Simulation = simulation;
        Cluster = cluster;
        cluster.Before = OnRequest;
        Loop = simulation.Environment.CreateLoop("session", LoopKind.Borrowed);
        Coordinator = new GroupCoordinator(client.Cluster, settings.GroupId, Loop);
        Committer = new OffsetCommitter(
            Coordinator, this, settings, Loop, simulation.Environment.Executor, simulation.Environment.CreateRandom("commits"));
    }

    public Simulation Simulation { get; }

    public ScriptedCluster Cluster { get; }

    public EventLoop Loop { get; }

    public GroupCoordinator Coordinator { get; }

    public OffsetCommitter Committer { get; }

    /// <summary>What every OffsetCommit held, in the order of arrival: <c>b1.0 7/m: t-0=11 t-1=21</c> (broker and connection, generation and member).</summary>
    public List<string> Seen { get; } = [];

    public List<short> Versions { get; } = [];

    public List<string> Told { get; } = [];

    /// <summary>How long answers tell the client to wait.</summary>
    public TimeSpan Throttle { get; set; }

    /// <summary>Whether answers wait for <see cref="AnswerAsync"/>.</summary>
    public bool IsHolding { get; set; }

    /// <summary>The code for each partition; null: the answer does not hold it.</summary>
    public Func<TopicPartition, ErrorCode?> Code { get; set; } = static _ => ErrorCode.None;

    /// <summary>Runs a test with a member of group "g" and a topic "t" of 4 partitions.</summary>
    public static void Run(ulong seed, Func<CommitterProbe, Task> test, CommitSettings? settings = null)
    {
        Simulation simulation = new(seed);
        ScriptedCluster cluster = new(simulation, 2);
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1:9092"));
            CommitterProbe probe = new(simulation, cluster, client, settings ?? new CommitSettings { GroupId = "g" });
            await test(probe);
            await probe.OnLoopAsync(probe.Coordinator.Close);
        });
    }

    public static TopicPartition At(int partition) => new("t", partition);

    public async Task OnLoopAsync(Action action)
    {
        Completion<bool> done = new(Simulation.Environment.Executor);
        LoopCall.Post(Loop, () =>
        {
            action();
            done.Complete(true);
        });
        await done.Task;
    }

    public async Task<CursorSlot> OpenAsync(int partition, Guid topicId = default)
    {
        CursorSlot? slot = null;
        await OnLoopAsync(() => slot = Committer.Open(At(partition), Encoding.UTF8.GetBytes("t"), topicId, -1, -1));
        return slot!;
    }

    public Task JoinAsync(int generation) => OnLoopAsync(() => Committer.MembershipChanged("m", generation));

    public async Task<Told> GiveUpAsync(TimeSpan time, params CursorSlot[] slots)
    {
        Told told = new();
        await OnLoopAsync(() => Committer.GiveUp(slots, Loop.Now + time, told.Tell));
        return told;
    }

    public async Task<Told> CloseAsync(TimeSpan time)
    {
        Told told = new();
        await OnLoopAsync(() => Committer.Close(Loop.Now + time, told.Tell));
        return told;
    }

    public async Task<Told> QuiesceAsync(TimeSpan time)
    {
        Told told = new();
        await OnLoopAsync(() => Committer.Quiesce(Loop.Now + time, () => told.Tell(null)));
        return told;
    }

    /// <summary>Waits until the coordinator has seen so many commits.</summary>
    public async Task SeenAsync(int count)
    {
        for (int i = 0; Seen.Count < count; i++)
        {
            Assert.True(i < 1000, $"Only {Seen.Count} commits were seen: {string.Join(" | ", Seen)}");
            await Simulation.Delay(TimeSpan.FromMilliseconds(10));
        }
    }

    /// <summary>Answers the oldest commit that is held.</summary>
    public Task AnswerAsync()
    {
        (ScriptedConnection connection, ScriptedRequest request) = _held[0];
        _held.RemoveAt(0);
        LoopCall.Post(Cluster.Brokers[0].Loop, () => Answer(connection, request));
        return Simulation.Delay(TimeSpan.FromMilliseconds(50));
    }

    /// <summary>Closes the connection of the oldest commit that is held.</summary>
    public Task KillAsync()
    {
        (ScriptedConnection connection, ScriptedRequest _) = _held[0];
        _held.RemoveAt(0);
        LoopCall.Post(Cluster.Brokers[0].Loop, connection.Close);
        return Simulation.Delay(TimeSpan.FromMilliseconds(100));
    }

    void ICommitListener.OnMembershipRefused(ErrorCode code, int generation, string memberId) => Told.Add($"{code} {generation}/{memberId}");

    void ICommitListener.OnMetadataStale() => Told.Add("metadata");

    void ICommitListener.OnNotCommitted(KafkaException error) => Told.Add(error.Message);

    private bool OnRequest(ScriptedConnection connection, ScriptedRequest request)
    {
        if (request.ApiKey != ApiKey.OffsetCommit)
        {
            return false;
        }

        OffsetCommitRequest commit = request.Message<OffsetCommitRequest>();
        int broker = 1 + Cluster.Brokers.FindIndex(b => b.Connections.Contains(connection));
        IEnumerable<string> places = commit.Topics.SelectMany(topic => topic.Partitions).Select(static partition =>
        {
            string metadata = partition.CommittedMetadata!.Length > 0 ? $"'{partition.CommittedMetadata}'" : "";
            return $"t-{partition.PartitionIndex}={partition.CommittedOffset}{metadata}";
        });
        Seen.Add($"b{broker}.{connection.Number} {commit.GenerationIdOrMemberEpoch}/{commit.MemberId}: {string.Join(' ', places)}");
        Versions.Add(request.Version);
        if (IsHolding)
        {
            _held.Add((connection, request));
        }
        else
        {
            Answer(connection, request);
        }

        return true;
    }

    private void Answer(ScriptedConnection connection, ScriptedRequest request)
    {
        OffsetCommitResponse answer = new() { ThrottleTimeMs = (int)Throttle.TotalMilliseconds };
        foreach (OffsetCommitRequest.OffsetCommitRequestTopic topic in request.Message<OffsetCommitRequest>().Topics)
        {
            OffsetCommitResponse.OffsetCommitResponseTopic told = new() { Name = topic.Name, TopicId = topic.TopicId };
            foreach (OffsetCommitRequest.OffsetCommitRequestPartition partition in topic.Partitions)
            {
                if (Code(At(partition.PartitionIndex)) is { } code)
                {
                    told.Partitions.Add(new OffsetCommitResponse.OffsetCommitResponsePartition
                    {
                        PartitionIndex = partition.PartitionIndex, ErrorCode = (short)code,
                    });
                }
            }

            answer.Topics.Add(told);
        }

        connection.Answer(request, answer);
    }
}
