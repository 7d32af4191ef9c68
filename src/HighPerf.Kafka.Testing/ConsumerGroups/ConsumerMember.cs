using System.Collections.Immutable;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Groups;

namespace HighPerf.Kafka.Testing.ConsumerGroups;

/// <summary>A member of a consumer group. Owner: the cluster's loop.</summary>
internal sealed class ConsumerMember
{
    public ConsumerMember(string id) => Id = id;

    /// <summary>A static member that comes back: it has what the one before it had, under another id.</summary>
    public ConsumerMember(string id, ConsumerMember predecessor)
        : this(id)
    {
        InstanceId = predecessor.InstanceId;
        RackId = predecessor.RackId;
        RebalanceTimeoutMs = predecessor.RebalanceTimeoutMs;
        Assignor = predecessor.Assignor;
        TopicNames = predecessor.TopicNames;
        Expression = predecessor.Expression;
        Target = predecessor.Target;
        Current = predecessor.Current with { Epoch = 0, PreviousEpoch = 0 };
    }

    public string Id { get; }

    /// <summary>The id of a static member.</summary>
    public string? InstanceId { get; private set; }

    public string? RackId { get; private set; }

    public int RebalanceTimeoutMs { get; private set; } = -1;

    /// <summary>The assignor that the member would like; null: any.</summary>
    public string? Assignor { get; private set; }

    public string ClientId { get; private set; } = "";

    public string ClientHost { get; private set; } = "";

    public ImmutableSortedSet<string> TopicNames { get; private set; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>The expression that it subscribes by; null or empty: none.</summary>
    public string? Expression { get; private set; }

    public bool HasExpression => !string.IsNullOrEmpty(Expression);

    /// <summary>What it shall have.</summary>
    public ImmutableSortedSet<TopicIdPartition> Target { get; set; } = [];

    /// <summary>What it has.</summary>
    public CurrentAssignment Current { get; set; } = CurrentAssignment.None;

    /// <summary>Ends when the member was silent for too long.</summary>
    public GroupDeadline? Session { get; set; }

    /// <summary>Ends when the member does not give up what it must.</summary>
    public GroupDeadline? Rebalance { get; set; }

    /// <summary>Takes over what a heartbeat says about the member; what it leaves out stays as it was.</summary>
    public void Update(ConsumerGroupHeartbeatRequest request, string clientId, string clientHost)
    {
        InstanceId = request.InstanceId ?? InstanceId;
        RackId = request.RackId ?? RackId;
        RebalanceTimeoutMs = request.RebalanceTimeoutMs == -1 ? RebalanceTimeoutMs : request.RebalanceTimeoutMs;
        Assignor = request.ServerAssignor ?? Assignor;
        TopicNames = request.SubscribedTopicNames?.ToImmutableSortedSet(StringComparer.Ordinal) ?? TopicNames;
        Expression = request.SubscribedTopicRegex ?? Expression;
        ClientId = clientId;
        ClientHost = clientHost;
    }

    public void StopTimers()
    {
        Session?.Stop();
        Rebalance?.Stop();
    }
}
