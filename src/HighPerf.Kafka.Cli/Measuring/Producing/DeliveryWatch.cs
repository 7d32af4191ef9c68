namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>What became of records: how many are delivered, how many failed, and how long those took that are timed. Thread-safe.</summary>
internal sealed class DeliveryWatch
{
    /// <summary>Completed when <see cref="_expected"/> records are done. Owner: the thread that runs the load, between loads.</summary>
    private TaskCompletionSource _all = new();

    /// <summary>Owner: the thread that runs the load, between loads.</summary>
    private long _expected;

    /// <summary>Any thread, by exchange.</summary>
    private long _done;

    /// <summary>Any thread, by exchange.</summary>
    private long _failed;

    /// <summary>The first failure. Any thread, by exchange.</summary>
    private string? _failure;

    public LatencyHistogram Latency { get; } = new();

    public long Failed => Interlocked.Read(ref _failed);

    public string? Failure => Volatile.Read(ref _failure);

    /// <summary>Completes when as many records are done as were expected.</summary>
    public Task WhenAll => _all.Task;

    /// <summary>Forgets what was, and waits for so many records. Not while records are on their way.</summary>
    public void Expect(long records)
    {
        _expected = records;
        _all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _done = 0;
        _failed = 0;
        _failure = null;
        Latency.Clear();
    }

    /// <param name="since">When its time began, on the system's clock; 0 when it is not timed.</param>
    /// <param name="failure">Why it failed; null when it did not.</param>
    public void Done(long since, string? failure = null)
    {
        if (failure is not null)
        {
            Interlocked.Increment(ref _failed);
            Interlocked.CompareExchange(ref _failure, failure, null);
        }
        else if (since != 0)
        {
            Latency.Record(TimeProvider.System.GetTimestamp() - since);
        }

        if (Interlocked.Increment(ref _done) == _expected)
        {
            _all.SetResult();
        }
    }
}
