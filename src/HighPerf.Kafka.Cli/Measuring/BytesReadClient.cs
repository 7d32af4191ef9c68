using HighPerf.Kafka.Cli.Measuring.Consuming;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>This client's consumer as an asynchronous sequence of arrays of bytes. Owner: one caller.</summary>
internal sealed class BytesReadClient(KafkaConsumer<byte[], byte[]> consumer, CancellationToken token) : IReadClient
{
    // One sequence for all calls: leaving it would end the reading.
    private readonly IAsyncEnumerator<ConsumedRecord<byte[], byte[]>> _records = consumer.ReadAllAsync(token).GetAsyncEnumerator(token);

    public async Task ReadAsync(RecordTally tally, long goal, CancellationToken token)
    {
        while (tally.Records < goal)
        {
            ValueTask<bool> next = _records.MoveNextAsync();
            if (!(next.IsCompletedSuccessfully ? next.Result : await next.AsTask().WaitAsync(token)))
            {
                return;
            }

            ConsumedRecord<byte[], byte[]> record = _records.Current;
            tally.Add(record.Key, record.Value);
        }
    }
}
