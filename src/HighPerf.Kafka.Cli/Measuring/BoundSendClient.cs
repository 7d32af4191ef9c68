using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>This client's sender of one topic: keys and values as spans.</summary>
internal struct BoundSendClient(KafkaProducer<byte[], byte[]> producer, string topic, CancellationToken token) : ISendClient<RecordMetadata>
{
    private readonly TopicSender _sender = producer.ForTopic(topic);

    /// <summary>Of all records that are called back. Owner: the lane, which has a copy of this structure.</summary>
    private WatchHandler? _handler;

    public readonly ValueTask EnqueueAsync(byte[]? key, byte[] value) => _sender.EnqueueAsync(Record(key, value), token);

    public ValueTask EnqueueAsync(byte[]? key, byte[] value, DeliveryWatch watch, long since)
    {
        _handler ??= new WatchHandler(watch);
        return _sender.EnqueueAsync(Record(key, value), _handler, context: since, cancellationToken: token);
    }

    public readonly ValueTask<RecordMetadata> SendAsync(byte[]? key, byte[] value) => _sender.SendAsync(Record(key, value), token);

    public readonly Task FlushAsync() => producer.FlushAsync();

    private static RawRecord Record(byte[]? key, byte[] value) => key is null ? new RawRecord(value) : new RawRecord(key, value);
}
