using System.Buffers.Binary;

namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>
/// One line of records, one behind the other. The loops are synchronous as long as nothing waits, and return what has to be waited for: an asynchronous
/// method would keep the loop's variables on the heap. Owner: one flow of calls at a time.
/// </summary>
internal sealed class SendLane<TClient, TAcknowledgement>
    where TClient : struct, ISendClient<TAcknowledgement>
{
    private readonly ProduceSettings _settings;
    private readonly DeliveryWatch _watch;
    private readonly byte[]? _key;
    private readonly byte[] _value;
    private readonly int _sampleEvery;

    // Awaited sends on their way, by their number modulo the length.
    private readonly ValueTask<TAcknowledgement>[] _outstanding;
    private readonly long[] _since;

    private TClient _client;
    private long _nextKey;
    private int _sampleIn = 1;

    /// <param name="firstKey">Where the keys of this lane begin; they count up from there.</param>
    public SendLane(TClient client, ProduceSettings settings, DeliveryWatch watch, long firstKey)
    {
        _client = client;
        _settings = settings;
        _watch = watch;
        _nextKey = firstKey;
        _sampleEvery = settings.SampleEvery;
        _key = settings.HasKeys ? new byte[ProduceSettings.KeySize] : null;
        _value = new byte[settings.Size - (_key?.Length ?? 0)];
        for (int i = 0; i < _value.Length; i++)
        {
            _value[i] = (byte)('a' + (i % 26));
        }

        _outstanding = new ValueTask<TAcknowledgement>[settings.Outstanding];
        _since = new long[settings.Outstanding];
    }

    /// <summary>Sends as fast as the client takes records, and completes when the last is on its way or, where sends are awaited, delivered.</summary>
    public async Task RunAsync(long records)
    {
        if (_outstanding.Length > 0)
        {
            await RunOutstandingAsync(records);
            return;
        }

        for (long sent = 0; sent < records;)
        {
            await EnqueueSome(ref sent, records, _settings.Mode == SendMode.Completion);
        }
    }

    /// <summary>Sends the next records now, because their time has come; blocks while the client does not take them.</summary>
    /// <param name="due">When the first should be sent, on the system's clock.</param>
    /// <param name="interval">Ticks from one record to the next.</param>
    public void SendDue(int records, double due, double interval)
    {
        for (int i = 0; i < records; i++)
        {
            long scheduled = (long)(due + (i * interval));
            switch (_settings.Mode)
            {
                case SendMode.Fire:
                    Wait(_client.EnqueueAsync(NextKey(), _value));
                    break;
                case SendMode.Awaited:
                    SendAndWait();
                    break;
                default:
                    long since = !IsSampled() ? 0 : _settings.Mode == SendMode.OpenLoop ? scheduled : TimeProvider.System.GetTimestamp();
                    Wait(_client.EnqueueAsync(NextKey(), _value, _watch, since));
                    break;
            }
        }
    }

    private static void Wait(ValueTask sent)
    {
        if (!sent.IsCompletedSuccessfully)
        {
            sent.AsTask().GetAwaiter().GetResult();
        }
    }

    private void SendAndWait()
    {
        long since = TimeProvider.System.GetTimestamp();
        try
        {
            ValueTask<TAcknowledgement> sent = _client.SendAsync(NextKey(), _value);
            _ = sent.IsCompletedSuccessfully ? sent.Result : sent.AsTask().GetAwaiter().GetResult();
            _watch.Done(since);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _watch.Done(since, e.Message);
        }
    }

    // Awaits in this one method, not in one for each send, which would cost an object.
    private async Task RunOutstandingAsync(long records)
    {
        long end = records + _outstanding.Length; // behind the last record, places are only emptied
        for (long sent = 0; sent < end;)
        {
            sent = SendOutstanding(sent, records);
            int place = (int)(sent % _outstanding.Length);
            try
            {
                await _outstanding[place];
                Note(place);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                _watch.Done(0, e.Message);
            }

            _outstanding[place] = default;
            sent += sent < records ? 0 : 1;
        }
    }

    // Until one has to be waited for, or all are on their way.
    private ValueTask EnqueueSome(ref long sent, long records, bool withCallback)
    {
        while (sent < records)
        {
            sent++;
            ValueTask enqueued = withCallback
                ? _client.EnqueueAsync(NextKey(), _value, _watch, IsSampled() ? TimeProvider.System.GetTimestamp() : 0)
                : _client.EnqueueAsync(NextKey(), _value);
            if (!enqueued.IsCompletedSuccessfully)
            {
                return enqueued;
            }
        }

        return ValueTask.CompletedTask;
    }

    // Until the place of the next send holds one that is not delivered, or all are on their way. Returns how many are.
    private long SendOutstanding(long sent, long records)
    {
        int place = (int)(sent % _outstanding.Length);
        for (; sent < records; sent++)
        {
            ref ValueTask<TAcknowledgement> slot = ref _outstanding[place];
            if (!slot.IsCompletedSuccessfully)
            {
                break;
            }

            _ = slot.Result;
            Note(place);
            _since[place] = IsSampled() ? TimeProvider.System.GetTimestamp() : 0;
            slot = _client.SendAsync(NextKey(), _value);
            place = place + 1 == _outstanding.Length ? 0 : place + 1;
        }

        return sent;
    }

    private void Note(int place)
    {
        if (_since[place] != 0)
        {
            _watch.Latency.Record(TimeProvider.System.GetTimestamp() - _since[place]);
            _since[place] = 0;
        }
    }

    private bool IsSampled()
    {
        if (--_sampleIn > 0)
        {
            return false;
        }

        _sampleIn = _sampleEvery;
        return true;
    }

    // One array serves all: clients read it before their call returns.
    private byte[]? NextKey()
    {
        if (_key is not null)
        {
            BinaryPrimitives.WriteInt64BigEndian(_key, _nextKey++);
        }

        return _key;
    }
}
