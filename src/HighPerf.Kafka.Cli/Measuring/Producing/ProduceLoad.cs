namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>A produce load: connects with one record, warms up, and measures. Owner: one caller.</summary>
internal sealed class ProduceLoad<TClient, TAcknowledgement>
    where TClient : struct, ISendClient<TAcknowledgement>
{
    // Lanes count their keys up from places so far from each other that no two have a key in common.
    private const long KeysOfLane = 1L << 40;
    private const double CalibrationSeconds = 2;

    private readonly TClient _client;
    private readonly ProduceSettings _settings;
    private readonly DeliveryWatch _watch = new();
    private readonly SendLane<TClient, TAcknowledgement>[] _lanes;

    public ProduceLoad(TClient client, ProduceSettings settings)
    {
        _client = client;
        _settings = settings;
        _lanes = [.. Enumerable.Range(0, settings.Threads).Select(i => new SendLane<TClient, TAcknowledgement>(client, settings, _watch, i * KeysOfLane))];
    }

    /// <summary>Why the first of the failed records failed; null when none did.</summary>
    public string? Failure => _watch.Failure;

    /// <summary>Sends and measures.</summary>
    public async Task<ProduceFigures> MeasureAsync(CancellationToken token)
    {
        ProcessMemory connected = await ConnectAsync();
        double? pacer = _settings.Rate > 0 ? await CalibrateAsync(token) : null;
        long before = 1 + await WarmUpAsync(token);
        ResourceUse start = ResourceUse.Now();
        await RunAsync(_settings.Records, token);
        ResourceUse use = ResourceUse.Now() - start;
        return new ProduceFigures
        {
            Settings = _settings,
            Failed = _watch.Failed,
            Use = use,
            Latency = _watch.Latency.Figures(),
            ConnectedMemory = connected,
            Memory = ProcessMemory.Read(),
            PacerMicrosecondsPerRecord = pacer,
            RecordsBefore = before,
        };
    }

    /// <summary>Sends, and watches the client when it has nothing to do.</summary>
    public async Task<IdleFigures> IdleAsync(CancellationToken token)
    {
        ProcessMemory connected = await ConnectAsync();
        await RunAsync(_settings.Records, token);
        return IdleWatch.Watch(_settings, $"{_settings.Records:N0} records over {_settings.Partitions:N0} partitions", _settings.IdleSeconds, connected);
    }

    /// <summary>The figures of the pacing thread alone; nothing is sent.</summary>
    public static async Task<ProduceFigures> MeasurePacerAsync(ProduceSettings settings, CancellationToken token)
    {
        await Pacer.RunAsync(Math.Max(settings.Rate / 2, 1), settings.Rate, static (_, _, _) => { }, token);
        ProcessMemory memory = ProcessMemory.Read();
        ResourceUse start = ResourceUse.Now();
        await Pacer.RunAsync(settings.Records, settings.Rate, static (_, _, _) => { }, token);
        ResourceUse use = ResourceUse.Now() - start;
        return new ProduceFigures
        {
            Settings = settings,
            Failed = 0,
            Use = use,
            Latency = default,
            ConnectedMemory = memory,
            Memory = ProcessMemory.Read(),
            PacerMicrosecondsPerRecord = use.Cpu.TotalMicroseconds / settings.Records,
            RecordsBefore = 0,
        };
    }

    private async Task<ProcessMemory> ConnectAsync()
    {
        byte[]? key = _settings.HasKeys ? new byte[ProduceSettings.KeySize] : null;
        await _client.SendAsync(key, new byte[_settings.Size - (key?.Length ?? 0)]);
        await _client.FlushAsync(); // where nobody is told of deliveries, the send says nothing
        return ProcessMemory.Read();
    }

    private async Task<double> CalibrateAsync(CancellationToken token)
    {
        long records = Math.Max((long)(_settings.Rate * CalibrationSeconds), 1);
        TimeSpan start = Environment.CpuUsage.TotalTime;
        await Pacer.RunAsync(records, _settings.Rate, static (_, _, _) => { }, token);
        return (Environment.CpuUsage.TotalTime - start).TotalMicroseconds / records;
    }

    // Returns how many it sent.
    private async Task<long> WarmUpAsync(CancellationToken token)
    {
        long start = TimeProvider.System.GetTimestamp();
        long sent = 0;
        while (sent < _settings.WarmUpRecords || TimeProvider.System.GetElapsedTime(start).TotalSeconds < _settings.WarmUpSeconds)
        {
            long records = Math.Max(_settings.WarmUpRecords, 1);
            await RunAsync(records, token);
            sent += records;
        }

        return sent;
    }

    private async Task RunAsync(long records, CancellationToken token)
    {
        bool isCalledBack = _settings.Outstanding == 0 && _settings.Mode is SendMode.Completion or SendMode.OpenLoop;
        _watch.Expect(isCalledBack ? records : long.MaxValue);
        if (_settings.Rate > 0)
        {
            await Pacer.RunAsync(records, _settings.Rate, _lanes[0].SendDue, token);
        }
        else
        {
            await SendAsync(records).WaitAsync(token);
        }

        await _client.FlushAsync();
        if (isCalledBack)
        {
            await _watch.WhenAll.WaitAsync(token);
        }
    }

    private Task SendAsync(long records)
    {
        if (_lanes.Length == 1)
        {
            return _lanes[0].RunAsync(records);
        }

        long share = records / _lanes.Length;
        return Task.WhenAll(_lanes.Select((lane, i) => OnThreadAsync(lane, i == 0 ? records - (share * (_lanes.Length - 1)) : share)));
    }

    // A thread of its own, which goes on with its lane even when a send was waited for.
    private static Task OnThreadAsync(SendLane<TClient, TAcknowledgement> lane, long records)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() =>
        {
            try
            {
                lane.RunAsync(records).GetAwaiter().GetResult();
                done.SetResult();
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = "sender",
        };
        thread.Start();
        return done.Task;
    }
}
