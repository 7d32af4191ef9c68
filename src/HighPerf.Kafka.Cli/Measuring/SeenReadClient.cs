using HighPerf.Kafka.Cli.Measuring.Consuming;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>This client's consumer as an asynchronous sequence, with deserialisers that make no objects. Owner: one caller.</summary>
internal sealed class SeenReadClient(KafkaConsumer<BytesSeen, BytesSeen> consumer, CancellationToken token) : IReadClient
{
    // One sequence for all calls: leaving it would end the reading.
    private readonly IAsyncEnumerator<ConsumedRecord<BytesSeen, BytesSeen>> _records = consumer.ReadAllAsync(token).GetAsyncEnumerator(token);

    public async Task ReadAsync(RecordTally tally, long goal, CancellationToken token)
    {
        while (tally.Records < goal)
        {
            ValueTask<bool> next = _records.MoveNextAsync();
            if (!(next.IsCompletedSuccessfully ? next.Result : await next.AsTask().WaitAsync(token)))
            {
                return;
            }

            ConsumedRecord<BytesSeen, BytesSeen> record = _records.Current;
            tally.Add(record.Key, record.Value);
        }
    }
}
