using System.Buffers.Binary;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>Sends records with varying 8-byte keys, in one of the ways a producer can be used. Owner: one thread.</summary>
internal sealed class ProduceLoad
{
    private const int Outstanding = 10_000;

    private readonly KafkaProducer<byte[], byte[]> _producer;
    private readonly string _topic;
    private readonly string _mode;
    private readonly byte[] _key = new byte[8];
    private readonly byte[] _value;
    private long _next;

    public ProduceLoad(KafkaProducer<byte[], byte[]> producer, string topic, int size, string mode)
    {
        _producer = producer;
        _topic = topic;
        _mode = mode;
        _value = new byte[size - _key.Length];
        for (int i = 0; i < _value.Length; i++)
        {
            _value[i] = (byte)('a' + (i % 26));
        }
    }

    public async Task RunAsync(long records, CancellationToken token)
    {
        switch (_mode)
        {
            case "await":
                await AwaitManyAsync(records, token);
                return;
            case "serial":
                for (long i = 0; i < records; i++)
                {
                    await _producer.SendAsync(_topic, NextKey(), _value, token);
                }

                return;
            case "bound":
                await BoundAsync(records, token);
                break;
            default:
                for (long i = 0; i < records; i++)
                {
                    await _producer.EnqueueAsync(_topic, NextKey(), _value, token);
                }

                break;
        }

        await _producer.FlushAsync(token);
    }

    private async Task AwaitManyAsync(long records, CancellationToken token)
    {
        Queue<ValueTask<RecordMetadata>> outstanding = new(Outstanding);
        for (long i = 0; i < records; i++)
        {
            if (outstanding.Count == Outstanding)
            {
                await outstanding.Dequeue();
            }

            outstanding.Enqueue(_producer.SendAsync(_topic, NextKey(), _value, token));
        }

        while (outstanding.TryDequeue(out ValueTask<RecordMetadata> sent))
        {
            await sent;
        }
    }

    private async Task BoundAsync(long records, CancellationToken token)
    {
        TopicSender sender = _producer.ForTopic(_topic);
        for (long i = 0; i < records; i++)
        {
            byte[] key = NextKey();
            while (!sender.TrySend(key, _value))
            {
                await sender.WaitToSendAsync(key.Length + _value.Length, token);
            }
        }
    }

    // Read before the send returns, so one array serves all.
    private byte[] NextKey()
    {
        BinaryPrimitives.WriteInt64BigEndian(_key, _next++);
        return _key;
    }
}
