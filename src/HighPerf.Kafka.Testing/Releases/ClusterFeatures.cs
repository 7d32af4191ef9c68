namespace HighPerf.Kafka.Testing.Releases;

/// <summary>The features of the cluster and their finalized levels (KIP-584). Owner: the cluster's loop.</summary>
internal sealed class ClusterFeatures
{
    public const string MetadataVersion = "metadata.version";

    /// <summary>The levels of metadata.version that brought new records with them, which would be lost on the way down.</summary>
    private static readonly int[] LevelsWithRecords = [4, 5, 6, 7, 8, 11, 13, 14, 15, 16, 17, 18, 23];

    public ClusterFeatures(KafkaRelease release)
    {
        All = ReleaseFeatures.Of(release);

        // Brokers on ZooKeeper kept an empty set of features from 2.7 on; before that nothing is told at all.
        Epoch = All.Count > 0 ? 1 : release.IsAtLeast(2, 7) ? 0 : -1;
    }

    /// <summary>Sorted by name.</summary>
    public List<FeatureLevel> All { get; }

    /// <summary>Grows with every change; -1 when the release has no features.</summary>
    public long Epoch { get; private set; }

    /// <summary>Whether a change of metadata.version goes down past a level that brought new records.</summary>
    public static bool LosesMetadata(short from, short to) => Array.Exists(LevelsWithRecords, level => level > to && level <= from);

    /// <summary>KIP-848.</summary>
    public bool HasConsumerGroups => Find("group.version") is { Level: > 0 };

    /// <summary>KIP-966.</summary>
    public bool HasEligibleLeaderReplicas => Find("eligible.leader.replicas.version") is { Level: > 0 };

    public FeatureLevel? Find(string name) => All.Find(feature => feature.Name == name);

    /// <summary>Sets the finalized level of a feature, which was checked.</summary>
    public void Finalize(string name, short level)
    {
        int index = All.FindIndex(feature => feature.Name == name);
        All[index] = All[index] with { Level = level };
        Epoch++;
    }
}
