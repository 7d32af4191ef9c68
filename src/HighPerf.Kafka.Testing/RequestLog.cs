using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Recording;

namespace HighPerf.Kafka.Testing;

/// <summary>
/// Every request that an embedded cluster received and what became of it, in the order of arrival. The newest are kept, up to
/// <see cref="KafkaTestClusterOptions.RecordedBytes"/>. Thread-safe.
/// </summary>
public sealed class RequestLog
{
    /// <summary>What a request costs beside its bytes, about.</summary>
    private const int Overhead = 512;

    private readonly EmbeddedCluster _cluster;
    private readonly LoopWaiters<RecordedRequest> _waiters;

    /// <summary>Guarded by itself: users read while the cluster's loop writes.</summary>
    private readonly Queue<RecordedRequest> _kept = new();

    /// <summary>Guarded by <see cref="_kept"/>.</summary>
    private long _bytes;

    /// <summary>Guarded by <see cref="_kept"/>.</summary>
    private long _dropped;

    /// <summary>The number from which on requests are kept. Guarded by <see cref="_kept"/>.</summary>
    private long _oldest = 1;

    /// <summary>Owner: the cluster's loop.</summary>
    private long _numbers;

    /// <summary>Owner: the cluster's loop.</summary>
    private TopicNames _names = TopicNames.None;

    internal RequestLog(EmbeddedCluster cluster)
    {
        _cluster = cluster;
        _waiters = new LoopWaiters<RecordedRequest>(cluster);
    }

    /// <summary>How many requests were forgotten to bound the memory.</summary>
    public long Dropped
    {
        get
        {
            lock (_kept)
            {
                return _dropped;
            }
        }
    }

    /// <summary>Whether anything is made of requests beside their answers.</summary>
    internal bool IsWatching => _cluster.Options.RecordRequests || _cluster.Options.OnRequest is not null;

    /// <summary>What is kept now, in the order of arrival; requests that are being worked on are among them.</summary>
    public RecordedRequest[] Snapshot()
    {
        lock (_kept)
        {
            return [.. _kept];
        }
    }

    /// <summary>What is kept now of one kind of request, in the order of arrival.</summary>
    public RecordedRequest[] Snapshot(ApiKey apiKey)
    {
        lock (_kept)
        {
            return [.. _kept.Where(request => request.ApiKey == apiKey)];
        }
    }

    /// <summary>Forgets what is kept.</summary>
    public void Clear()
    {
        lock (_kept)
        {
            _oldest = _kept.Count == 0 ? _oldest : _kept.Last().Number + 1;
            _kept.Clear();
            _bytes = 0;
        }
    }

    /// <summary>
    /// Waits until a request is as <paramref name="predicate"/> wants it: one that is kept already, or one that arrives or goes on later. Every request is
    /// looked at when it arrives, when a fault holds it, and when it is answered or lost.
    /// </summary>
    /// <param name="predicate">Runs on the cluster's loop: it should be quick, and must not wait.</param>
    /// <param name="timeout">By the cluster's <see cref="TimeProvider"/>; null waits for ever.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The first such request.</returns>
    /// <exception cref="InvalidOperationException">Requests are not recorded.</exception>
    /// <exception cref="TimeoutException">There was none in time.</exception>
    /// <exception cref="ObjectDisposedException">The cluster is disposed.</exception>
    public Task<RecordedRequest> WaitForAsync(
        Func<RecordedRequest, bool> predicate, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        if (!_cluster.Options.RecordRequests)
        {
            throw new InvalidOperationException("Requests are not recorded: the option RecordRequests is off.");
        }

        return _waiters.WaitAsync(Snapshot, predicate, timeout).WaitAsync(cancellationToken);
    }

    /// <summary>A topic came into being.</summary>
    internal void Learn(Topic topic) => _names = _names.Add(topic.Id, topic.Name);

    internal RecordedRequest Create(InterceptedRequest request) =>
        new(++_numbers, _cluster.Environment.Time.GetUtcNow(), request, _names);

    internal void Arrived(InterceptedRequest request)
    {
        if (!IsWatching)
        {
            return;
        }

        RecordedRequest record = request.Record;
        if (_cluster.Options.RecordRequests)
        {
            Keep(record);
            _waiters.Look(record);
        }
    }

    internal void Changed(InterceptedRequest request, RequestOutcome outcome) => Become(request, outcome, null, null);

    /// <param name="frame">The answer; null when there is none.</param>
    internal void Answered(InterceptedRequest request, byte[]? frame) =>
        Become(request, frame is null ? RequestOutcome.Unanswered : RequestOutcome.Answered, frame, null);

    internal void Closed(InterceptedRequest request, string? reason)
    {
        if (IsWatching && request.Record.Outcome is RequestOutcome.Pending or RequestOutcome.Held)
        {
            Become(request, RequestOutcome.Closed, null, reason);
        }
    }

    /// <summary>The cluster stops: nobody waits any more. Cluster's loop only.</summary>
    internal void Stop() => _waiters.Stop();

    private void Become(InterceptedRequest request, RequestOutcome outcome, byte[]? frame, string? reason)
    {
        if (!IsWatching)
        {
            return;
        }

        RecordedRequest record = request.Record;
        record.Become(outcome, _cluster.Environment.Time.GetUtcNow(), frame, reason);
        if (_cluster.Options.RecordRequests)
        {
            Grow(record, frame?.Length ?? 0);
            _waiters.Look(record);
        }

        if (outcome != RequestOutcome.Held)
        {
            Tell(record);
        }
    }

    private void Tell(RecordedRequest record)
    {
        try
        {
            _cluster.Options.OnRequest?.Invoke(record);
        }
        catch (Exception)
        {
            // Promised in the options: what looks on must not fail the broker.
        }
    }

    private void Keep(RecordedRequest record)
    {
        lock (_kept)
        {
            _kept.Enqueue(record);
            _bytes += record.Bytes + Overhead;
            Trim();
        }
    }

    private void Grow(RecordedRequest record, int bytes)
    {
        lock (_kept)
        {
            if (record.Number >= _oldest)
            {
                _bytes += bytes;
                Trim();
            }
        }
    }

    private void Trim()
    {
        while (_bytes > _cluster.Options.RecordedBytes && _kept.Count > 0)
        {
            RecordedRequest oldest = _kept.Dequeue();
            _bytes -= oldest.Bytes + Overhead;
            _oldest = oldest.Number + 1;
            _dropped++;
        }
    }
}
