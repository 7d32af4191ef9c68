namespace HighPerf.Kafka.Testing.Releases;

/// <summary>The release of Apache Kafka that the cluster's brokers pass for. Never changes.</summary>
internal sealed class KafkaRelease
{
    public const string Default = "4.1";

    /// <summary>Not a release: everything that the wire contract has, whether released or not.</summary>
    public const string Trunk = "trunk";

    private static readonly string[] Names =
    [
        "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "3.0", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9",
        "4.0", "4.1", "4.2", "4.3", Trunk,
    ];

    private readonly int _major = int.MaxValue;
    private readonly int _minor;

    /// <exception cref="ArgumentException">There is no such release, or it is not known here.</exception>
    public KafkaRelease(string name)
    {
        if (!Names.Contains(name))
        {
            throw new ArgumentException($"The release {name} of Apache Kafka is not known; known are {string.Join(", ", Names)}.", nameof(name));
        }

        Name = name;
        if (!IsTrunk)
        {
            string[] parts = name.Split('.');
            _major = int.Parse(parts[0]);
            _minor = int.Parse(parts[1]);
        }
    }

    public string Name { get; }

    public bool IsTrunk => Name == Trunk;

    public bool IsAtLeast(int major, int minor) => _major > major || (_major == major && _minor >= minor);

    /// <summary>The versions of a key that the release tells of those that this cluster has; null when it does not have the key.</summary>
    public (short Min, short Max)? VersionsOf(ApiKey key, short lowest, short highest)
    {
        (short Min, short Max)? told = ReleaseVersions.Find(key, IsAtLeast);
        if (IsTrunk)
        {
            return (Math.Min(told?.Min ?? lowest, lowest), highest);
        }

        return told is { } range ? (range.Min, Math.Min(range.Max, highest)) : null;
    }
}
