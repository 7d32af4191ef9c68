using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>Sends consumers to a replica in their own rack (KIP-392), as Apache Kafka's selector of this name does.</summary>
internal static class RackAwareSelection
{
    /// <summary>The value of <c>replica.selector.class</c> that turns it on.</summary>
    public const string ClassName = "org.apache.kafka.common.replica.RackAwareReplicaSelector";

    /// <summary>
    /// The follower that a consumer should read from: one in its rack that is in sync and has the offset, of several the one that has most. Null: the leader,
    /// because it is in that rack itself, or nobody is, or the broker that is asked does not lead.
    /// </summary>
    public static Replica? Select(Partition partition, int brokerId, string rackId, long offset)
    {
        if (brokerId != partition.LeaderId || partition.ReplicaOn(brokerId)?.Broker.Rack == rackId)
        {
            return null;
        }

        Replica? best = null;
        foreach (Replica replica in partition.AllReplicas)
        {
            bool isFit = replica.BrokerId != brokerId && replica is { IsInSync: true, IsLive: true } && replica.Broker.Rack == rackId
                && offset >= partition.Log.StartOffset && offset <= replica.LogEndOffset;
            if (isFit && (best is null || Rank(replica).CompareTo(Rank(best)) > 0))
            {
                best = replica;
            }
        }

        return best;
    }

    /// <summary>The longest copy, then the one that lags for the shortest time, then the highest id.</summary>
    private static (long, TimeSpan, int) Rank(Replica replica) => (replica.LogEndOffset, replica.BehindSince ?? TimeSpan.MaxValue, replica.BrokerId);
}
