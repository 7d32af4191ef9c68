using Confluent.Kafka;
using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Comparison.ConfluentClient;

/// <summary>
/// Confluent.Kafka's producer, called as its own documents advise: Produce with a delivery handler or without, and ProduceAsync where the result is
/// awaited.
/// </summary>
internal struct ConfluentSendClient(IProducer<byte[], byte[]> producer, string topic, CancellationToken token) : ISendClient<DeliveryResult<byte[], byte[]>>
{
    // Long enough that the queue has room for some thousand records then, and short enough that it never runs dry.
    private static readonly TimeSpan QueueFullWait = TimeSpan.FromMilliseconds(5);

    /// <summary>One for all records that are not timed. Owner: the lane, which has a copy of this structure.</summary>
    private Action<DeliveryReport<byte[], byte[]>>? _untimed;

    public readonly ValueTask EnqueueAsync(byte[]? key, byte[] value)
    {
        Produce(key, value, null);
        return ValueTask.CompletedTask;
    }

    public ValueTask EnqueueAsync(byte[]? key, byte[] value, DeliveryWatch watch, long since)
    {
        _untimed ??= report => Done(watch, 0, report);
        Produce(key, value, since == 0 ? _untimed : report => Done(watch, since, report));
        return ValueTask.CompletedTask;
    }

    public readonly ValueTask<DeliveryResult<byte[], byte[]>> SendAsync(byte[]? key, byte[] value)
    {
        while (true)
        {
            try
            {
                return new ValueTask<DeliveryResult<byte[], byte[]>>(producer.ProduceAsync(topic, Message(key, value), token));
            }
            catch (ProduceException<byte[], byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                Thread.Sleep(QueueFullWait);
            }
        }
    }

    public readonly Task FlushAsync()
    {
        producer.Flush(CancellationToken.None);
        return Task.CompletedTask;
    }

    private static void Done(DeliveryWatch watch, long since, DeliveryReport<byte[], byte[]> report) =>
        watch.Done(since, report.Error.IsError ? report.Error.Reason : null);

    private static Message<byte[], byte[]> Message(byte[]? key, byte[] value) => new() { Key = key!, Value = value };

    private readonly void Produce(byte[]? key, byte[] value, Action<DeliveryReport<byte[], byte[]>>? handler)
    {
        while (true)
        {
            try
            {
                producer.Produce(topic, Message(key, value), handler);
                return;
            }
            catch (ProduceException<byte[], byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                Thread.Sleep(QueueFullWait);
            }
        }
    }
}
