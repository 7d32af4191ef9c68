namespace HighPerf.Kafka.Groups;

/// <summary>What a membership goes by. Immutable.</summary>
internal sealed record MembershipSettings(string GroupId)
{
    /// <summary>
    /// How much of the rebalance timeout a consumer may take to give up partitions and to have its commits answered; the rest is for what goes over the wire.
    /// After it the JoinGroup goes out regardless (G4).
    /// </summary>
    public const double PreparationShare = 0.8;

    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(45);

    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(3);

    public TimeSpan RebalanceTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The first wait before a refused or failed request is sent again; it doubles up to ten times that.</summary>
    public TimeSpan RetryBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    public string? GroupInstanceId { get; init; }

    /// <summary>Whether everything is given up before joining again.</summary>
    public bool IsEager { get; init; }

    /// <summary>The names of the protocols that are offered.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = [];

    public TimeSpan Preparation => RebalanceTimeout * PreparationShare;
}
