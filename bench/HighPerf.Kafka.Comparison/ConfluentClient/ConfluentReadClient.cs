using Confluent.Kafka;
using HighPerf.Kafka.Cli.Measuring.Consuming;

namespace HighPerf.Kafka.Comparison.ConfluentClient;

/// <summary>Confluent.Kafka's consumer in its Consume loop, which is all it has; on a thread of its own, as its documents advise.</summary>
internal sealed class ConfluentReadClient<T>(IConsumer<T, T> consumer, Action<RecordTally, Message<T, T>> add) : IReadClient
{
    public Task ReadAsync(RecordTally tally, long goal, CancellationToken token) => Task.Factory.StartNew(
        () =>
        {
            while (tally.Records < goal)
            {
                add(tally, consumer.Consume(token).Message);
            }
        },
        token,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);
}
