using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>This client's sender of one topic: keys and values as spans.</summary>
internal readonly struct BoundSendClient(KafkaProducer<byte[], byte[]> producer, string topic, CancellationToken token) : ISendClient<RecordMetadata>
{
    private readonly TopicSender _sender = producer.ForTopic(topic);

    public ValueTask EnqueueAsync(byte[]? key, byte[] value) => TrySend(key, value) ? ValueTask.CompletedTask : EnqueueSlowAsync(key, value);

    public ValueTask EnqueueAsync(byte[]? key, byte[] value, DeliveryWatch watch, long since) =>
        throw new InvalidOperationException("The sender of one topic has no delivery callback yet.");

    // The one that connects; what is measured does not come here.
    public ValueTask<RecordMetadata> SendAsync(byte[]? key, byte[] value) => producer.SendAsync(topic, key!, value, token);

    public Task FlushAsync() => producer.FlushAsync();

    private bool TrySend(byte[]? key, byte[] value) => key is null ? _sender.TrySend(value) : _sender.TrySend(key, value);

    private async ValueTask EnqueueSlowAsync(byte[]? key, byte[] value)
    {
        do
        {
            await _sender.WaitToSendAsync((key?.Length ?? 0) + value.Length, token);
        }
        while (!TrySend(key, value));
    }
}
