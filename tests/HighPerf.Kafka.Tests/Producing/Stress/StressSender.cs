using System.Buffers;

namespace HighPerf.Kafka.Tests.Producing.Stress;

/// <summary>
/// One thread that sends, in every way there is: awaited in batches with a token that may fire, many at once, enqueued, tried, bound to the topic, with a
/// handler and without.
/// </summary>
internal sealed class StressSender : IDeliveryHandler
{
    private readonly KafkaProducer<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> _producer;
    private readonly TopicSender _bound;
    private readonly string _topic;
    private readonly int _number;
    private readonly StressKey[] _keys;
    private readonly Random _random;
    private readonly List<(ValueTask<RecordMetadata> Sending, StressContent Record, byte[] Buffer)> _awaited = [];
    private long _bytes;
    private int _wrong; // any thread, interlocked

    public StressSender(KafkaProducer<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> producer, string topic, int number, StressKey[] keys)
    {
        _producer = producer;
        _bound = producer.ForTopic(topic);
        _topic = topic;
        _number = number;
        _keys = keys;
        _random = new Random(number);
    }

    /// <summary>How many records were told twice.</summary>
    public int Wrong => Volatile.Read(ref _wrong);

    void IDeliveryHandler.OnDelivered(in DeliveryReport report)
    {
        int sequence = (int)report.Context;
        StressKey key = _keys[report.Context >> 32];
        bool isFirst = report.IsDelivered ? key.Told(sequence, SendState.Acknowledged, report.Metadata.Offset) : key.Told(sequence, report.Error!);
        Interlocked.Add(ref _wrong, isFirst ? 0 : 1);
    }

    /// <summary>Sends so many bytes of values.</summary>
    public async Task RunAsync(long bytes)
    {
        while (_bytes < bytes)
        {
            int count = 1 + _random.Next(100);
            switch (_random.Next(10))
            {
                case < 3:
                    await SendAsync(count, CancellationToken.None);
                    break;
                case 3:
                    await SendManyAsync(count);
                    break;
                case 4:
                    await SendAndCancelAsync(count);
                    break;
                case < 7:
                    await EnqueueAsync(count);
                    break;
                case 7:
                    await TrySendAsync(count);
                    break;
                default:
                    await SendBoundAsync(count);
                    break;
            }

            if (_random.Next(50) == 0)
            {
                await _producer.FlushAsync();
            }
        }
    }

    private async Task SendAndCancelAsync(int count)
    {
        using CancellationTokenSource cancellation = new();
        Task sending = SendAsync(count, cancellation.Token);
        cancellation.Cancel();
        await sending;
    }

    private async Task SendAsync(int count, CancellationToken cancellationToken)
    {
        using CancellationTokenSource live = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        for (int i = 0; i < count; i++)
        {
            StressContent record = Take(SendState.Awaited);
            byte[] buffer = Write(record, out ReadOnlyMemory<byte> key, out ReadOnlyMemory<byte> value);
            _awaited.Add((_producer.SendAsync(_topic, key, value, live.Token), record, buffer));
        }

        foreach ((ValueTask<RecordMetadata> sending, StressContent record, byte[] buffer) in _awaited)
        {
            await TellAsync(sending, record);
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _awaited.Clear();
    }

    private async ValueTask TellAsync(ValueTask<RecordMetadata> sending, StressContent record)
    {
        StressKey key = _keys[record.Key];
        try
        {
            RecordMetadata metadata = await sending;
            key.Told(record.Sequence, SendState.Acknowledged, metadata.Offset);
        }
        catch (KafkaProduceException e)
        {
            key.Told(record.Sequence, e);
        }
        catch (OperationCanceledException)
        {
            key.Told(record.Sequence, SendState.Detached);
        }
    }

    private async Task SendManyAsync(int count)
    {
        StressContent[] records = new StressContent[count];
        ProduceRecord<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>[] sent = new ProduceRecord<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>[count];
        RecordMetadata[] acknowledgements = new RecordMetadata[count];
        for (int i = 0; i < count; i++)
        {
            records[i] = Take(SendState.Awaited);
            _ = Write(records[i], out ReadOnlyMemory<byte> key, out ReadOnlyMemory<byte> value);
            sent[i] = new ProduceRecord<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(_topic, key, value);
        }

        IReadOnlyList<SendFailure> failures = [];
        try
        {
            await _producer.SendManyAsync(sent, acknowledgements);
        }
        catch (KafkaSendManyException e)
        {
            failures = e.Failures;
        }

        Dictionary<int, Exception> errors = failures.ToDictionary(static failure => failure.Index, static failure => failure.Error);
        for (int i = 0; i < count; i++)
        {
            StressKey key = _keys[records[i].Key];
            _ = errors.TryGetValue(i, out Exception? error)
                ? key.Told(records[i].Sequence, error)
                : key.Told(records[i].Sequence, SendState.Acknowledged, acknowledgements[i].Offset);
        }
    }

    private async Task EnqueueAsync(int count)
    {
        bool isReported = _random.Next(2) == 0;
        for (int i = 0; i < count; i++)
        {
            StressContent record = Take(isReported ? SendState.Awaited : SendState.Taken);
            byte[] buffer = Write(record, out ReadOnlyMemory<byte> key, out ReadOnlyMemory<byte> value);
            ProduceRecord<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> sent = new(_topic, key, value);
            await (isReported ? _producer.EnqueueAsync(sent, this, null, ContextOf(record)) : _producer.EnqueueAsync(sent));
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task TrySendAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            StressContent record = Take(SendState.Taken);
            byte[] buffer = Write(record, out ReadOnlyMemory<byte> key, out ReadOnlyMemory<byte> value);
            if (!_producer.TrySend(_topic, key, value))
            {
                await _producer.EnqueueAsync(_topic, key, value);
            }

            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task SendBoundAsync(int count)
    {
        bool isReported = _random.Next(2) == 0;
        for (int i = 0; i < count; i++)
        {
            StressContent record = Take(isReported ? SendState.Awaited : SendState.Taken);
            byte[] buffer = Write(record, out ReadOnlyMemory<byte> key, out ReadOnlyMemory<byte> value);
            while (!TrySendBound(record, key.Span, value.Span, isReported))
            {
                await _bound.WaitToSendAsync(key.Length + value.Length);
            }

            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private bool TrySendBound(StressContent record, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isReported) =>
        isReported ? _bound.TrySend(new RawRecord(key, value), this, null, ContextOf(record)) : _bound.TrySend(key, value);

    private static long ContextOf(StressContent record) => ((long)record.Key << 32) | (uint)record.Sequence;

    private StressContent Take(SendState state)
    {
        int number = _random.Next(_keys.Length);
        StressKey key = _keys[number];
        StressContent record = new(_number, number, key.Next);
        key.Sent(state);
        return record;
    }

    // Both are the caller's until the call is over, then the buffer is used again at once.
    private byte[] Write(StressContent record, out ReadOnlyMemory<byte> key, out ReadOnlyMemory<byte> value)
    {
        int length = record.Length;
        _bytes += length;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(StressContent.KeySize + length);
        record.WriteKey(buffer);
        record.WriteValue(buffer.AsSpan(StressContent.KeySize, length));
        key = buffer.AsMemory(0, StressContent.KeySize);
        value = buffer.AsMemory(StressContent.KeySize, length);
        return buffer;
    }
}
