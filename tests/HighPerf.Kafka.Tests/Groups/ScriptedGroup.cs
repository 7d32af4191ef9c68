using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Groups;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Groups;

/// <summary>One member and a coordinator that answers as the test says. The consumer answers at once.</summary>
internal sealed class ScriptedGroup : IGroupListener
{
    private readonly EventLoop _loop;
    private readonly GroupCoordinator _coordinator;
    private readonly Simulation _simulation;

    private ScriptedGroup(Simulation simulation, ScriptedCluster cluster, KafkaClient client, ConsumerOptions options)
    {
        _simulation = simulation;
        Cluster = cluster;
        _loop = simulation.Environment.CreateLoop("session", LoopKind.Borrowed);
        _coordinator = new GroupCoordinator(client.Cluster, "g", _loop);
        Membership = new GroupMembership(client.Cluster, options.Validated(), _loop, _coordinator, this);
    }

    public ScriptedCluster Cluster { get; }

    public GroupMembership Membership { get; }

    public IReadOnlyList<TopicPartition> OwnedPartitions { get; private set; } = [];

    public KafkaException? Failure { get; private set; }

    public int Losses { get; private set; }

    public static void Run(
        ulong seed,
        Action<ScriptedConnection, ScriptedRequest> answer,
        Func<ScriptedGroup, Task> test,
        Action<ConsumerOptions>? configure = null,
        ApiVersionsResponse? versions = null)
    {
        Simulation simulation = new(seed);
        ScriptedCluster cluster = new(simulation, 1);
        cluster.AddTopic("t", 4);
        cluster.Before = (connection, request) =>
        {
            bool isGroups = request.ApiKey is ApiKey.JoinGroup or ApiKey.SyncGroup or ApiKey.Heartbeat or ApiKey.LeaveGroup;
            if (isGroups)
            {
                answer(connection, request);
            }

            return isGroups;
        };
        if (versions is not null)
        {
            cluster.Brokers[0].OnApiVersions = (connection, request) => connection.Answer(request, versions);
        }

        ConsumerOptions options = new() { GroupId = "g", PartitionAssignors = [PartitionAssignors.Range] };
        configure?.Invoke(options);
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            ScriptedGroup group = new(simulation, cluster, client, options);
            await test(group);
            group.On(() =>
            {
                group.Membership.Close();
                group._coordinator.Close();
            });
            await simulation.Delay(TimeSpan.FromSeconds(1));
        });
    }

    public void On(Action action) => LoopCall.Post(_loop, action);

    public void Subscribe(params string[] topics) => On(() => Membership.Subscribe(topics));

    public Task Wait(double seconds) => _simulation.Delay(TimeSpan.FromSeconds(seconds));

    public T Last<T>(ApiKey api)
        where T : class, IKafkaMessage<T> => Cluster.Requests(api).Last().Message<T>();

    void IGroupListener.PrepareToJoin(TimeSpan deadline, bool isEager)
    {
        OwnedPartitions = isEager ? [] : OwnedPartitions;
        Membership.PreparedToJoin();
    }

    void IGroupListener.Assigned(IReadOnlyList<TopicPartition> partitions, int generation, string memberId, TimeSpan deadline)
    {
        bool revokedSome = OwnedPartitions.Except(partitions).Any();
        OwnedPartitions = partitions;
        Membership.AssignmentApplied(revokedSome);
    }

    void IGroupListener.Lost(KafkaException reason)
    {
        Losses++;
        OwnedPartitions = [];
    }

    void IGroupListener.Failed(KafkaException fatal)
    {
        Failure = fatal;
        OwnedPartitions = [];
    }

    void IGroupListener.IdentityChanged(string memberId, int generation, bool mayCommit)
    {
    }
}
