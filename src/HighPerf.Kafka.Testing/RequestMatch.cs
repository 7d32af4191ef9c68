namespace HighPerf.Kafka.Testing;

/// <summary>
/// Which requests a fault is for. What is null or left out matches all; an <see cref="HighPerf.Kafka.ApiKey"/> alone is a match of every request of its kind.
/// Immutable.
/// </summary>
public sealed record RequestMatch
{
    /// <summary>What is asked.</summary>
    public ApiKey? ApiKey { get; init; }

    /// <summary>The id of the broker that is asked.</summary>
    public int? Broker { get; init; }

    /// <summary>The connection, as <see cref="RecordedRequest.Connection"/> counts them.</summary>
    public long? Connection { get; init; }

    /// <summary>The name that the client gives itself.</summary>
    public string? ClientId { get; init; }

    /// <summary>A topic that the request names.</summary>
    public string? Topic { get; init; }

    /// <summary>A partition that the request names; of <see cref="Topic"/>, if that is given.</summary>
    public int? Partition { get; init; }

    /// <summary>
    /// Anything about the request. Runs on the cluster's loop: it should be quick, and must not wait. A request for which it throws does not match.
    /// </summary>
    public Func<RecordedRequest, bool>? Where { get; init; }

    /// <summary>How many requests that match are spared before the first one. Default: 0.</summary>
    public int Skip { get; init; }

    /// <summary>After the first one, each how many-th is taken: 1 (the default) takes all, 100 takes one in a hundred.</summary>
    public int Every { get; init; } = 1;

    /// <summary>How many requests are taken; null (the default): all.</summary>
    public int? Times { get; init; }

    /// <summary>A match of every request of one kind.</summary>
    public static implicit operator RequestMatch(ApiKey apiKey) => Of(apiKey);

    /// <summary>A match of every request of one kind.</summary>
    public static RequestMatch Of(ApiKey apiKey) => new() { ApiKey = apiKey };

    /// <summary>The same, but only the first request that matches.</summary>
    public RequestMatch Once() => this with { Times = 1 };

    /// <summary>The same, but only the n-th request that matches, counted from 1.</summary>
    public RequestMatch Nth(int n)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        return this with { Skip = n - 1, Times = 1 };
    }

    /// <exception cref="ArgumentException">A number makes no sense.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Skip);
        ArgumentOutOfRangeException.ThrowIfLessThan(Every, 1);
        if (Times is { } times)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(times, nameof(Times));
        }
    }

    /// <summary>Whether the request is one of these, without counting.</summary>
    internal bool Matches(RecordedRequest request) =>
        (ApiKey is null || ApiKey == request.ApiKey)
        && (Broker is null || Broker == request.Broker)
        && (Connection is null || Connection == request.Connection)
        && (ClientId is null || ClientId == request.ClientId)
        && NamesPartition(request)
        && (Where is null || Where(request));

    private bool NamesPartition(RecordedRequest request)
    {
        if (Topic is null && Partition is null)
        {
            return true;
        }

        if (Partition is null)
        {
            return request.Topics.Contains(Topic!) || request.Partitions.Any(named => named.Topic == Topic);
        }

        return request.Partitions.Any(named => named.Partition == Partition && (Topic is null || named.Topic == Topic));
    }
}
