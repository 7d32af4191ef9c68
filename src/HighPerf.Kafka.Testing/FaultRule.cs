using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing;

/// <summary>One fault of a <see cref="FaultPlan"/>: which requests it is for, and how many it has taken. Thread-safe.</summary>
public class FaultRule
{
    private readonly FaultPlan _plan;
    private readonly Action<FaultRule, InterceptedRequest> _apply;

    /// <summary>How many requests matched, taken or not. Owner: the cluster's loop.</summary>
    private long _matched;

    /// <summary>Written by the cluster's loop.</summary>
    private volatile int _hits;

    /// <summary>Written by any thread, once.</summary>
    private volatile bool _isRemoved;

    internal FaultRule(FaultPlan plan, RequestMatch match, Action<FaultRule, InterceptedRequest> apply)
    {
        match.Validate();
        _plan = plan;
        _apply = apply;
        Match = match;
    }

    /// <summary>The requests it is for.</summary>
    public RequestMatch Match { get; }

    /// <summary>How many requests it has taken.</summary>
    public int Hits => _hits;

    internal EmbeddedCluster Cluster => _plan.Cluster;

    internal bool IsRemoved => _isRemoved;

    /// <summary>Whether the rule has nothing to do any more. Cluster's loop only.</summary>
    internal virtual bool IsOver => _isRemoved;

    /// <summary>Takes no further request. What it has done stays done.</summary>
    public void Remove() => _isRemoved = true;

    /// <summary>Waits until the rule has taken so many requests.</summary>
    /// <param name="hits">How many in all.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ObjectDisposedException">The cluster is disposed.</exception>
    public Task WaitForHitsAsync(int hits = 1, CancellationToken cancellationToken = default) =>
        WaitAsync(rule => rule.Hits >= hits, cancellationToken);

    /// <summary>Applies the rule to a request that is its own. Cluster's loop only.</summary>
    internal bool TryTake(InterceptedRequest request)
    {
        if (_isRemoved || _hits >= Match.Times || !IsMatch(Match, request.Record))
        {
            return false;
        }

        long after = _matched++ - Match.Skip;
        if (after < 0 || after % Match.Every != 0)
        {
            return false;
        }

        _apply(this, request);
        _hits++;
        if (_hits >= Match.Times)
        {
            _isRemoved = true;
        }

        Changed();
        return true;
    }

    private protected Task WaitAsync(Func<FaultRule, bool> wanted, CancellationToken cancellationToken) =>
        _plan.Waiters.WaitAsync(() => [this], rule => rule == this && wanted(rule), null).WaitAsync(cancellationToken);

    private protected void Changed() => _plan.Waiters.Look(this);

    /// <summary>Whether a match takes a request. A user's predicate that throws takes none, and is told of: it must not end what somebody else began.</summary>
    private protected bool IsMatch(RequestMatch match, RecordedRequest request)
    {
        try
        {
            return match.Matches(request);
        }
        catch (Exception error)
        {
            Cluster.Log.Write($"a fault's predicate threw for {request.ApiKey}: {error.Message}");
            return false;
        }
    }
}
