namespace HighPerf.Kafka.Testing.Releases;

/// <summary>The features of the cluster and their finalized levels (KIP-584). Owner: the cluster's loop.</summary>
internal sealed class ClusterFeatures
{
    public const string MetadataVersion = "metadata.version";

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

    public FeatureLevel? Find(string name) => All.Find(feature => feature.Name == name);

    /// <summary>Sets the finalized level of a feature, which was checked.</summary>
    public void Finalize(string name, short level)
    {
        int index = All.FindIndex(feature => feature.Name == name);
        All[index] = All[index] with { Level = level };
        Epoch++;
    }
}
