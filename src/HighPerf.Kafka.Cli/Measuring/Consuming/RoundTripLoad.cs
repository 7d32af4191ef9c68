using System.Buffers.Binary;
using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Cli.Measuring.Consuming;

/// <summary>
/// An open loop end to end: a pacing thread sends, whatever becomes of the records, and the reader counts how long each took since it was due. Owner: one
/// caller.
/// </summary>
internal sealed class RoundTripLoad
{
    private const double CalibrationSeconds = 2;

    private readonly IRoundTripClient _client;
    private readonly RoundTripSettings _settings;
    private readonly RoundTripTally _tally;

    // Owner: the pacing thread. One array each serves all: clients read them before their call returns.
    private readonly byte[] _key = new byte[RoundTripTally.KeySize];
    private readonly byte[] _value;
    private long _nextKey;

    public RoundTripLoad(IRoundTripClient client, RoundTripSettings settings)
    {
        _client = client;
        _settings = settings;
        _tally = new RoundTripTally(TimeProvider.System.GetUtcNow().Ticks);
        _value = new byte[settings.Size - _key.Length];
    }

    /// <exception cref="InvalidOperationException">Not all records came back in time.</exception>
    public async Task<RoundTripFigures> MeasureAsync(CancellationToken token)
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task reading = _client.ReadAsync(_tally, over.Token);
        try
        {
            await RunAsync(1, reading, token);
            ProcessMemory connected = ProcessMemory.Read();
            double pacer = await CalibrateAsync(token);
            if (_settings.WarmUpRecords > 0)
            {
                await RunAsync(_settings.WarmUpRecords, reading, token);
            }

            ResourceUse start = ResourceUse.Now();
            await RunAsync(_settings.Records, reading, token);
            ResourceUse use = ResourceUse.Now() - start;
            return new RoundTripFigures(_settings, use, _tally.Latency, pacer, connected, ProcessMemory.Read());
        }
        finally
        {
            await over.CancelAsync();
            await reading.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private async Task RunAsync(long records, Task reading, CancellationToken token)
    {
        _tally.Expect(records);
        await Pacer.RunAsync(records, _settings.Rate, SendDue, token);
        try
        {
            Task first = await Task.WhenAny(_tally.WhenAll, reading).WaitAsync(TimeSpan.FromSeconds(_settings.StallSeconds), TimeProvider.System, token);
            await first;
            await _tally.WhenAll;
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"{_tally.Seen:N0} of {records:N0} records came back within {_settings.StallSeconds} s of the last one.");
        }
    }

    private void SendDue(int records, double due, double interval)
    {
        for (int i = 0; i < records; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(_key, _nextKey++);
            _tally.Stamp(_value, (long)(due + (i * interval)));
            _client.Send(_key, _value);
        }
    }

    private async Task<double> CalibrateAsync(CancellationToken token)
    {
        long records = Math.Max((long)(_settings.Rate * CalibrationSeconds), 1);
        TimeSpan start = Environment.CpuUsage.TotalTime;
        await Pacer.RunAsync(records, _settings.Rate, static (_, _, _) => { }, token);
        return (Environment.CpuUsage.TotalTime - start).TotalMicroseconds / records;
    }
}
