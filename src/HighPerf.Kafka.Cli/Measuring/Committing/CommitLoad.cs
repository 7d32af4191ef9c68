using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Cli.Measuring.Committing;

/// <summary>Stores offsets and awaits commits at fixed rates. Owner: one caller.</summary>
internal sealed class CommitLoad
{
    private const int TripsAlone = 300;
    private const int WarmUpSeconds = 2;

    private readonly KafkaConsumer<byte[], byte[]> _consumer;
    private readonly CommitSettings _settings;
    private readonly TopicPartition[] _partitions;
    private readonly LatencyHistogram _latency = new();

    // Owner: the pacing thread, or the caller while there is none. The offsets rise, so that every store counts.
    private long _stored;

    // Any thread, by exchange.
    private long _open;
    private long _failed;
    private string? _failure;

    /// <param name="partitions">All are assigned to the consumer.</param>
    public CommitLoad(KafkaConsumer<byte[], byte[]> consumer, CommitSettings settings, TopicPartition[] partitions)
    {
        _consumer = consumer;
        _settings = settings;
        _partitions = partitions;
    }

    /// <summary>Why the first commit that failed did; null when none did.</summary>
    public string? Failure => Volatile.Read(ref _failure);

    public async Task<CommitFigures> MeasureAsync(CommitTraffic traffic, CancellationToken token)
    {
        double alone = await MeasureAloneAsync(token);
        await RunAsync(WarmUpSeconds, token);
        _latency.Clear();
        long storedBefore = _stored;
        long commits = _settings.Commits * _settings.Seconds;
        ResourceUse start = ResourceUse.Now();
        await RunAsync(_settings.Seconds, token);
        ResourceUse use = ResourceUse.Now() - start;
        return new CommitFigures(
            _settings, use, _latency.Figures(), alone, commits, _stored - storedBefore, Interlocked.Read(ref _failed), traffic);
    }

    private async Task<double> MeasureAloneAsync(CancellationToken token)
    {
        for (int i = 0; i < TripsAlone; i++)
        {
            if (i == TripsAlone / 3)
            {
                _latency.Clear(); // the code is warm
            }

            Store(1);
            long since = TimeProvider.System.GetTimestamp();
            await _consumer.CommitAsync(token);
            _latency.Record(TimeProvider.System.GetTimestamp() - since);
        }

        return _latency.Figures().P50;
    }

    private async Task RunAsync(int seconds, CancellationToken token)
    {
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _open, 1); // one more than there are, until the last has begun
        await Pacer.RunAsync(_settings.Commits * seconds, _settings.Commits, (due, _, _) => Commit(due, all, token), token);
        Close(all);
        await all.Task.WaitAsync(token);
    }

    private void Commit(int count, TaskCompletionSource all, CancellationToken token)
    {
        for (int i = 0; i < count; i++)
        {
            Store(_settings.Stores / _settings.Commits);
            Interlocked.Increment(ref _open);
            _ = AwaitAsync(_consumer.CommitAsync(token), TimeProvider.System.GetTimestamp(), all);
        }
    }

    private void Store(long count)
    {
        for (long i = 0; i < count; i++)
        {
            (long round, long place) = Math.DivRem(_stored++, _partitions.Length);
            _consumer.StoreOffset(_partitions[place], round + 1);
        }
    }

    private async Task AwaitAsync(ValueTask commit, long since, TaskCompletionSource all)
    {
        try
        {
            await commit;
            _latency.Record(TimeProvider.System.GetTimestamp() - since);
        }
        catch (Exception e)
        {
            Interlocked.Increment(ref _failed);
            Interlocked.CompareExchange(ref _failure, e.Message, null);
        }

        Close(all);
    }

    private void Close(TaskCompletionSource all)
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            all.TrySetResult();
        }
    }
}
