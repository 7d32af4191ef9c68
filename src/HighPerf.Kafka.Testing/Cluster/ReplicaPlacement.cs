namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>
/// Spreads the replicas of new partitions: leaders over all live brokers in turn, the replicas of a partition over as many racks as there are. Apache Kafka
/// begins at a random broker; here partition 0 begins at the first one, so that a test knows its leader.
/// </summary>
internal static class ReplicaPlacement
{
    /// <param name="first">The number of the first new partition.</param>
    public static int[][] Place(IReadOnlyList<EmbeddedBroker> brokers, int first, int partitions, int replicationFactor)
    {
        List<EmbeddedBroker> live = AlternateRacks(brokers.Where(broker => broker.IsRunning));
        List<EmbeddedBroker> stopped = AlternateRacks(brokers.Where(broker => !broker.IsRunning));
        int[][] placed = new int[partitions][];
        for (int i = 0; i < partitions; i++)
        {
            placed[i] = new int[replicationFactor];
            for (int r = 0; r < replicationFactor; r++)
            {
                // Brokers that are down come last: they may follow, but not lead.
                EmbeddedBroker broker = r < live.Count ? live[(first + i + r) % live.Count] : stopped[(first + i + r - live.Count) % stopped.Count];
                placed[i][r] = broker.NodeId;
            }
        }

        return placed;
    }

    /// <summary>One broker of each rack, then the second of each, and so on. Brokers without a rack have one in common.</summary>
    private static List<EmbeddedBroker> AlternateRacks(IEnumerable<EmbeddedBroker> brokers)
    {
        List<List<EmbeddedBroker>> racks = [];
        foreach (EmbeddedBroker broker in brokers)
        {
            List<EmbeddedBroker>? rack = racks.Find(known => known[0].Rack == broker.Rack);
            if (rack is null)
            {
                racks.Add([broker]);
            }
            else
            {
                rack.Add(broker);
            }
        }

        List<EmbeddedBroker> ordered = [];
        for (int i = 0; racks.Exists(rack => i < rack.Count); i++)
        {
            foreach (List<EmbeddedBroker> rack in racks)
            {
                if (i < rack.Count)
                {
                    ordered.Add(rack[i]);
                }
            }
        }

        return ordered;
    }
}
