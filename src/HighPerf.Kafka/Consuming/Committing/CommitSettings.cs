namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>How offsets are committed. Immutable.</summary>
internal sealed record CommitSettings
{
    public required string GroupId { get; init; }

    /// <summary>For a static member; null for none.</summary>
    public string? GroupInstanceId { get; init; }

    /// <summary>
    /// Whether what is stored is committed without being asked: every <see cref="AutoCommitInterval"/>, and before a partition is given up (G12). If not, only
    /// commits that somebody asked for are brought to their end then.
    /// </summary>
    public bool IsAutomatic { get; init; } = true;

    public TimeSpan AutoCommitInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a request may take, finding the coordinator included.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a caller waits at most, retries and rebalances included.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The wait before a refused request is built again; it doubles.</summary>
    public TimeSpan RetryBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan RetryBackoffMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a broker may still apply what it had read from a connection that died.</summary>
    public TimeSpan UncertainTime { get; init; } = TimeSpan.FromSeconds(30);
}
