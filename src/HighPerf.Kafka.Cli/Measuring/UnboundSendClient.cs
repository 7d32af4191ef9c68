using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>This client's producer as its users meet it first: topic, key and value of each record.</summary>
internal readonly struct UnboundSendClient(KafkaProducer<byte[], byte[]> producer, string topic, CancellationToken token) : ISendClient<RecordMetadata>
{
    public ValueTask EnqueueAsync(byte[]? key, byte[] value) => producer.EnqueueAsync(topic, key!, value, token);

    public ValueTask EnqueueAsync(byte[]? key, byte[] value, DeliveryWatch watch, long since) =>
        throw new InvalidOperationException("This producer has no delivery callback yet: give --outstanding, for awaited sends.");

    public ValueTask<RecordMetadata> SendAsync(byte[]? key, byte[] value) => producer.SendAsync(topic, key!, value, token);

    public Task FlushAsync() => producer.FlushAsync();
}
