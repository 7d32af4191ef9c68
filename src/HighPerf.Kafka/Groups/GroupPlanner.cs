using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Diagnostics;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using Microsoft.Extensions.Logging;

namespace HighPerf.Kafka.Groups;

/// <summary>
/// Makes a group's assignment, for its leader: reads what the members told, learns the topics of all of them, and lets the assignor work on a thread of the
/// executor. One generation; made anew for the next. Owner: the session's loop, but for what it gives to the executor.
/// </summary>
internal sealed class GroupPlanner
{
    private readonly ClusterClient _cluster;
    private readonly EventLoop _loop;
    private readonly string _groupId;
    private readonly ILogger _logger;
    private readonly List<GroupMember> _members = [];
    private readonly TopicMetadata?[] _found; // owner: the loop; in the order of the names
    private readonly Action<GroupPlanner> _onTopics;
    private int _missing; // owner: the loop; how many topics are being asked for

    /// <param name="onTopics">Told on the loop when <see cref="Topics"/> is known.</param>
    public GroupPlanner(
        ClusterClient cluster, EventLoop loop, string groupId, JoinGroupResponse joined, ILogger logger, Action<GroupPlanner> onTopics)
    {
        _cluster = cluster;
        _loop = loop;
        _groupId = groupId;
        _logger = logger;
        _onTopics = onTopics;
        Generation = joined.GenerationId;
        foreach (JoinGroupResponse.JoinGroupResponseMember member in joined.Members)
        {
            _members.Add(Read(member));
        }

        _members.Sort(static (left, right) => string.CompareOrdinal(left.MemberId, right.MemberId));
        TopicNames = [.. _members.SelectMany(static member => member.Topics).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        _found = new TopicMetadata?[TopicNames.Length];
        _missing = _found.Length;
    }

    public int Generation { get; }

    /// <summary>The topics that exist, by name; complete when the planner has told so.</summary>
    public List<GroupTopic> Topics { get; private set; } = [];

    /// <summary>What the members subscribe to, ordered.</summary>
    public string[] TopicNames { get; }

    /// <summary>Asks for the topics. What is not known in time, or does not exist, is left out: when it appears the leader plans again.</summary>
    public void Begin(TimeSpan timeout)
    {
        for (int i = 0; i < TopicNames.Length; i++)
        {
            _cluster.Metadata.Await(TopicNames[i], new TopicWaiter(this, i, timeout));
        }

        if (_missing == 0)
        {
            _onTopics(this);
        }
    }

    /// <summary>Assigns, on the executor; the outcome is told on the loop.</summary>
    public void Plan(IPartitionAssignor assignor, Action<GroupPlanner, GroupPlan> onPlanned, Action<GroupPlanner, KafkaException> onFailed)
    {
        _cluster.Runtime.Executor.Queue(new LoopCall(() =>
        {
            try
            {
                GroupPlan plan = Assign(assignor);
                LoopCall.Post(_loop, () => onPlanned(this, plan));
            }
            catch (Exception error)
            {
                // A user's assignor may throw anything.
                KafkaException failure = new(
                    $"The assignor \"{assignor.Name}\" failed for generation {Generation} of group \"{_groupId}\": {error.Message}", error);
                LoopCall.Post(_loop, () => onFailed(this, failure));
            }
        }));
    }

    private GroupPlan Assign(IPartitionAssignor assignor)
    {
        IReadOnlyList<IReadOnlyList<TopicPartition>> assigned = assignor.Assign(_members, Topics);
        if (assigned is null || assigned.Count != _members.Count)
        {
            throw new InvalidOperationException($"it returned {assigned?.Count ?? 0} lists for {_members.Count} members.");
        }

        List<SyncGroupRequest.SyncGroupRequestAssignment> assignments = [];
        for (int i = 0; i < _members.Count; i++)
        {
            assignments.Add(new SyncGroupRequest.SyncGroupRequestAssignment
            {
                MemberId = _members[i].MemberId, Assignment = ConsumerMetadata.WriteAssignment(assigned[i]),
            });
        }

        return new GroupPlan(assignments, Topics);
    }

    // A member that tells nonsense gets nothing, and the others what is theirs.
    private GroupMember Read(JoinGroupResponse.JoinGroupResponseMember member)
    {
        try
        {
            return ConsumerMetadata.ReadMember(member.MemberId, member.GroupInstanceId, member.Metadata);
        }
        catch (KafkaProtocolException error)
        {
            _logger.MemberUnreadable(_groupId, member.MemberId, error.Message);
            return new GroupMember(member.MemberId, []) { GroupInstanceId = member.GroupInstanceId };
        }
    }

    private void Learn(int index, TopicMetadata? topic, KafkaException? error)
    {
        if (error is not null)
        {
            _logger.TopicLeftOut(_groupId, TopicNames[index], error.Message);
        }

        _found[index] = topic;
        _missing--;
        if (_missing > 0)
        {
            return;
        }

        ClusterMetadata metadata = _cluster.Metadata.Current;
        Topics = [.. _found.Where(static known => known is not null).Select(known => Describe(known!, metadata))];
        _onTopics(this);
    }

    private static GroupTopic Describe(TopicMetadata topic, ClusterMetadata metadata)
    {
        bool anyRacks = Array.Exists(metadata.Brokers, static broker => broker.Rack is not null);
        return new GroupTopic(topic.Name, topic.Partitions.Length)
        {
            ReplicaRacks = anyRacks ? [.. topic.Partitions.Select(partition => RacksOf(partition, metadata))] : null,
        };
    }

    private static IReadOnlyList<string> RacksOf(PartitionMetadata partition, ClusterMetadata metadata)
    {
        List<string> racks = [];
        foreach (int replica in partition.Replicas)
        {
            if (metadata.TryGetBroker(replica, out BrokerEndpoint? broker) && broker.Rack is { } rack && !racks.Contains(rack))
            {
                racks.Add(rack);
            }
        }

        return racks;
    }

    /// <summary>Brokers that say there is no such topic are believed at once: the group does not wait for it.</summary>
    private sealed class TopicWaiter : Waiter<TopicMetadata>
    {
        private readonly GroupPlanner _planner;
        private readonly int _index;

        public TopicWaiter(GroupPlanner planner, int index, TimeSpan timeout) : base(timeout)
        {
            _planner = planner;
            _index = index;
            Patience = TimeSpan.Zero;
        }

        public override void OnResult(TopicMetadata result) => LoopCall.Post(_planner._loop, () => _planner.Learn(_index, result, null));

        public override void OnFailed(KafkaException error) => LoopCall.Post(_planner._loop, () => _planner.Learn(_index, null, error));
    }
}
