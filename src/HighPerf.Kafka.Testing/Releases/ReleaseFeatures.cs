namespace HighPerf.Kafka.Testing.Releases;

/// <summary>
/// Which features (KIP-584) the brokers of each release of Apache Kafka have: from the named release on, the lowest and highest level that it supports, and the
/// one that a new cluster begins with. Never changes.
/// </summary>
internal static class ReleaseFeatures
{
    /// <summary>Share and streams groups do not exist here, hence they begin with 0 also where a real cluster begins with 1.</summary>
    private static readonly (string Name, string Levels)[] Rows =
    [
        ("eligible.leader.replicas.version", "4.0:0-1-0 4.1:0-1-1"),
        ("group.version", "4.0:0-1-1"),
        ("kraft.version", "3.9:0-1-1"),
        ("metadata.version",
            "3.3:1-7-7 3.4:1-8-8 3.5:1-11-11 3.6:1-14-14 3.7:1-19-19 3.8:1-20-20 3.9:1-21-21 4.0:7-25-25 4.1:7-27-27 4.2:7-29-29 4.3:7-30-30"),
        ("share.version", "4.1:0-1-0"),
        ("streams.version", "4.2:0-1-0"),
        ("transaction.version", "4.0:0-2-2"),
    ];

    public static List<FeatureLevel> Of(KafkaRelease release)
    {
        List<FeatureLevel> features = [];
        foreach ((string name, string levels) in Rows)
        {
            FeatureLevel? found = null;
            foreach (string level in levels.Split(' '))
            {
                short[] parts = [.. level.Split('.', ':', '-').Select(short.Parse)];
                if (release.IsAtLeast(parts[0], parts[1]))
                {
                    found = new FeatureLevel(name, parts[2], parts[3], parts[4]);
                }
            }

            if (found is not null)
            {
                features.Add(found);
            }
        }

        return features;
    }
}
