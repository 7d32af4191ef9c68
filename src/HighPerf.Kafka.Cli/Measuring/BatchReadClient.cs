using HighPerf.Kafka.Cli.Measuring.Consuming;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>This client's consumer, batch by batch.</summary>
internal sealed class BatchReadClient(KafkaConsumer<byte[], byte[]> consumer) : IReadClient
{
    public async Task ReadAsync(RecordTally tally, long goal, CancellationToken token)
    {
        while (tally.Records < goal && await consumer.WaitToReadAsync(token))
        {
            while (tally.Records < goal && consumer.TryReadBatch(out ConsumedBatch batch))
            {
                using (batch)
                {
                    foreach (RecordView record in batch)
                    {
                        tally.Add(record.Key, record.Value);
                    }
                }
            }
        }
    }
}
