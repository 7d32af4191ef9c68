using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Groups;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Tests.Groups;

/// <summary>
/// A consumer without the consuming: takes on what its group gives it, gives up what it must, and notes what happened. What members own at the same moment is
/// checked by the world they share.
/// </summary>
internal sealed class MemberProbe : IGroupListener
{
    private readonly GroupWorld _world;
    private readonly SortedSet<TopicPartition> _owned = [];
    private readonly EventLoop _loop;

    public MemberProbe(GroupWorld world, string name, KafkaClient client, ConsumerOptions options)
    {
        _world = world;
        Name = name;
        Client = client;
        _loop = world.Environment.CreateLoop($"session {name}", LoopKind.Borrowed);
        Coordinator = new GroupCoordinator(client.Cluster, options.GroupId!, _loop);
        Membership = new GroupMembership(client.Cluster, options.Validated(), _loop, Coordinator, this);
    }

    public string Name { get; }

    public KafkaClient Client { get; }

    public GroupCoordinator Coordinator { get; }

    public GroupMembership Membership { get; }

    /// <summary>What happened, in order, such as <c>assigned 2: t-0 t-1</c>.</summary>
    public List<string> Events { get; } = [];

    /// <summary>When it lost everything, or was told that it is over.</summary>
    public List<TimeSpan> LostAt { get; } = [];

    public KafkaException? Failure { get; private set; }

    /// <summary>Whether the consumer answers neither what it is asked to prepare nor to apply.</summary>
    public bool IsStuck { get; set; }

    public string Owned => string.Join(' ', _owned);

    public (string MemberId, int Generation, bool MayCommit) Identity { get; private set; } = ("", -1, false);

    public void On(Action action) => LoopCall.Post(_loop, action);

    public void Subscribe(params string[] topics) => On(() => Membership.Subscribe(topics));

    public Task LeaveAsync()
    {
        Completion<bool> done = new(_world.Environment.Executor);
        On(() =>
        {
            GiveUp(_ => true);
            Membership.Leave(() => done.Complete(true));
        });
        return done.Task;
    }

    public async Task DisposeAsync(bool isClean)
    {
        if (isClean)
        {
            await LeaveAsync();
        }

        On(() =>
        {
            GiveUp(_ => true);
            Membership.Close();
            Coordinator.Close();
        });
        await Client.DisposeAsync();
    }

    IReadOnlyList<TopicPartition> IGroupListener.OwnedPartitions => [.. _owned];

    void IGroupListener.PrepareToJoin(TimeSpan deadline, bool isEager)
    {
        Assert.True(_loop.IsOwner);
        Events.Add("prepare");
        if (!IsStuck)
        {
            GiveUp(_ => isEager);
            Membership.PreparedToJoin();
        }
    }

    void IGroupListener.Assigned(IReadOnlyList<TopicPartition> partitions, int generation, string memberId, TimeSpan deadline)
    {
        Assert.True(_loop.IsOwner);
        Assert.Equal((memberId, generation, true), Identity);
        Events.Add($"assigned {generation}: {string.Join(' ', partitions)}");
        bool revokedSome = GiveUp(partition => !partitions.Contains(partition));
        foreach (TopicPartition partition in partitions)
        {
            if (_owned.Add(partition))
            {
                _world.Take(partition, this);
            }
        }

        if (!IsStuck)
        {
            Membership.AssignmentApplied(revokedSome);
        }
    }

    void IGroupListener.Lost(KafkaException reason)
    {
        Events.Add("lost");
        LostAt.Add(_world.Now);
        GiveUp(_ => true);
    }

    void IGroupListener.Failed(KafkaException fatal)
    {
        Events.Add("failed");
        LostAt.Add(_world.Now);
        Failure = fatal;
        GiveUp(_ => true);
    }

    void IGroupListener.IdentityChanged(string memberId, int generation, bool mayCommit) => Identity = (memberId, generation, mayCommit);

    private bool GiveUp(Predicate<TopicPartition> which)
    {
        TopicPartition[] gone = [.. _owned.Where(partition => which(partition))];
        foreach (TopicPartition partition in gone)
        {
            _owned.Remove(partition);
            _world.Release(partition, this);
        }

        return gone.Length > 0;
    }
}
