using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Cli.Measuring.Consuming;

/// <summary>A consume load: connects with one record, warms up, and measures. Owner: one caller.</summary>
internal sealed class ConsumeLoad(IReadClient client, ConsumeSettings settings)
{
    private static readonly TimeSpan StallLook = TimeSpan.FromSeconds(1);

    private readonly RecordTally _tally = new();

    /// <summary>Reads and measures.</summary>
    /// <exception cref="InvalidOperationException">No more records came.</exception>
    public async Task<ConsumeFigures> MeasureAsync(CancellationToken token)
    {
        await ReadAsync(1, token);
        ProcessMemory connected = ProcessMemory.Read();
        long start = TimeProvider.System.GetTimestamp();
        long step = Math.Max(settings.WarmUpRecords, 1);
        while (_tally.Records <= settings.WarmUpRecords || TimeProvider.System.GetElapsedTime(start).TotalSeconds < settings.WarmUpSeconds)
        {
            await ReadAsync(_tally.Records + step, token);
        }

        long recordsBefore = _tally.Records;
        long bytesBefore = _tally.Bytes;
        ResourceUse before = ResourceUse.Now();
        await ReadAsync(settings.IsInAll ? settings.Records : recordsBefore + settings.Records, token);
        ResourceUse use = ResourceUse.Now() - before;
        if (_tally.Records == recordsBefore)
        {
            throw new InvalidOperationException($"All {recordsBefore:N0} records were read before the measurement; give more, or a smaller --warmup.");
        }

        return new ConsumeFigures(
            settings, _tally.Records - recordsBefore, _tally.Bytes - bytesBefore, _tally.Checksum, recordsBefore, use, connected, ProcessMemory.Read());
    }

    /// <summary>Reads, and watches the client when it waits for more.</summary>
    public async Task<IdleFigures> IdleAsync(CancellationToken token)
    {
        await ReadAsync(Math.Min(settings.Records, 1), token);
        ProcessMemory connected = ProcessMemory.Read();
        await ReadAsync(settings.Records, token);
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task waiting = client.ReadAsync(_tally, long.MaxValue, over.Token);
        IdleFigures figures = IdleWatch.Watch(settings, $"{_tally.Records:N0} records", settings.IdleSeconds, connected);
        await over.CancelAsync();
        await waiting.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return figures;
    }

    private async Task ReadAsync(long goal, CancellationToken token)
    {
        if (_tally.Records >= goal)
        {
            return;
        }

        using CancellationTokenSource stalled = CancellationTokenSource.CreateLinkedTokenSource(token);
        long seen = _tally.Records;
        long since = TimeProvider.System.GetTimestamp();
        await using (ITimer timer = TimeProvider.System.CreateTimer(_ => Look(), null, StallLook, StallLook))
        {
            try
            {
                await client.ReadAsync(_tally, goal, stalled.Token);
            }
            catch (OperationCanceledException) when (!token.IsCancellationRequested)
            {
                throw new InvalidOperationException(
                    $"No record came for {settings.StallSeconds} s: {_tally.Records:N0} of {goal:N0} were read. Does {settings.Topic} have more?");
            }
        }

        void Look()
        {
            long records = _tally.Records;
            if (records != seen)
            {
                seen = records;
                since = TimeProvider.System.GetTimestamp();
            }
            else if (TimeProvider.System.GetElapsedTime(since).TotalSeconds > settings.StallSeconds)
            {
                stalled.Cancel();
            }
        }
    }
}
