namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>What is wrong with replicas that a client chose itself, in the words of Apache Kafka's controller.</summary>
internal static class ManualAssignment
{
    /// <summary>Judges the replicas of one partition.</summary>
    /// <param name="replicationFactor">How many there must be; null: as many as one likes.</param>
    public static string? Check(IReadOnlyList<int> brokers, int? replicationFactor, EmbeddedCluster cluster)
    {
        if (brokers.Count == 0)
        {
            return "The manual partition assignment includes an empty replica list.";
        }

        for (int i = 0; i < brokers.Count; i++)
        {
            if (brokers.Take(i).Contains(brokers[i]))
            {
                return $"The manual partition assignment includes the broker {brokers[i]} more than once.";
            }

            if (cluster.FindBroker(brokers[i]) is null)
            {
                return $"The manual partition assignment includes broker {brokers[i]}, but no such broker is registered.";
            }
        }

        return replicationFactor is { } factor && brokers.Count != factor
            ? $"The manual partition assignment includes a partition with {brokers.Count} replica(s), but this is not consistent with previous partitions, "
                + $"which have {factor} replica(s)."
            : null;
    }

    /// <summary>A new partition needs a broker that can lead it.</summary>
    public static string? CheckLive(IReadOnlyList<int> brokers, int partition, EmbeddedCluster cluster) =>
        brokers.Any(id => cluster.FindBroker(id)!.IsRunning)
            ? null
            : $"All brokers specified in the manual partition assignment for partition {partition} are fenced or in controlled shutdown.";
}
