using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>This client's producer as its users meet it first: topic, key and value of each record.</summary>
internal struct UnboundSendClient(KafkaProducer<byte[], byte[]> producer, string topic, CancellationToken token) : ISendClient<RecordMetadata>
{
    /// <summary>Of all records that are called back. Owner: the lane, which has a copy of this structure.</summary>
    private WatchHandler? _handler;

    public readonly ValueTask EnqueueAsync(byte[]? key, byte[] value) => producer.EnqueueAsync(topic, key!, value, token);

    public ValueTask EnqueueAsync(byte[]? key, byte[] value, DeliveryWatch watch, long since)
    {
        _handler ??= new WatchHandler(watch);
        return producer.EnqueueAsync(new ProduceRecord<byte[], byte[]>(topic, key!, value), _handler, context: since, cancellationToken: token);
    }

    public readonly ValueTask<RecordMetadata> SendAsync(byte[]? key, byte[] value) => producer.SendAsync(topic, key!, value, token);

    public readonly Task FlushAsync() => producer.FlushAsync();
}
