using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Configs;

namespace HighPerf.Kafka.Testing.ConsumerGroups;

/// <summary>What a heartbeat must be like, whatever its group is like.</summary>
internal static class HeartbeatRules
{
    /// <summary>Instead of an epoch: the member joins.</summary>
    public const int Join = 0;

    /// <summary>Instead of an epoch: the member leaves.</summary>
    public const int Leave = -1;

    /// <summary>Instead of an epoch: the static member leaves and means to come back.</summary>
    public const int LeaveForNow = -2;

    /// <summary>From this version on a member chooses its id itself.</summary>
    private const short FirstOwnIdVersion = 1;

    /// <summary>What is wrong; null when all is well.</summary>
    public static Refusal? Check(ConsumerGroupHeartbeatRequest request, short version, EmbeddedCluster cluster)
    {
        if ((version >= FirstOwnIdVersion || request.MemberEpoch > Join || request.MemberEpoch == Leave) && request.MemberId.Length == 0)
        {
            return Invalid("The member id is empty.");
        }

        if (request.GroupId.Length == 0)
        {
            return Invalid("The group id is empty.");
        }

        if (request.InstanceId is { Length: 0 })
        {
            return Invalid("The instance id is empty.");
        }

        if (request.RackId is { Length: 0 })
        {
            return Invalid("The rack id is empty.");
        }

        return CheckEpoch(request) ?? CheckAssignor(request, cluster);
    }

    private static Refusal? CheckEpoch(ConsumerGroupHeartbeatRequest request)
    {
        switch (request.MemberEpoch)
        {
            case Join when request.RebalanceTimeoutMs == -1:
                return Invalid("A member that joins must say its rebalance timeout.");
            case Join when request.TopicPartitions is not { Count: 0 }:
                return Invalid("A member that joins must say that it owns no partitions.");
            case Join when request.SubscribedTopicNames is null && request.SubscribedTopicRegex is null:
                return Invalid("A member that joins must subscribe to topic names or by a regular expression, if only to none.");
            case LeaveForNow when request.InstanceId is null:
                return Invalid("Only a static member leaves for now.");
            case < LeaveForNow:
                return Invalid("The member epoch means nothing.");
            default:
                return null;
        }
    }

    private static Refusal? CheckAssignor(ConsumerGroupHeartbeatRequest request, EmbeddedCluster cluster)
    {
        string[] known = ConfigSetting.Items(cluster.Configs.Get("group.consumer.assignors"));
        return request.ServerAssignor is null || known.Contains(request.ServerAssignor)
            ? null
            : new Refusal(ErrorCode.UnsupportedAssignor, $"There is no assignor {request.ServerAssignor}; there are: {string.Join(", ", known)}.");
    }

    private static Refusal Invalid(string message) => new(ErrorCode.InvalidRequest, message);
}
