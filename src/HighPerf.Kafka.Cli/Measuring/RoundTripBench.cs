using HighPerf.Kafka.Cli.Measuring.Consuming;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>Runs an end-to-end load through this client.</summary>
internal static class RoundTripBench
{
    public static async Task<int> RunAsync(RoundTripSettings settings, KafkaClient kafka, ConsumeReport report, CancellationToken token)
    {
        await BenchTopic.RequireAsync(kafka, settings.Topic, settings.Partitions, token);
        await using KafkaProducer<byte[], byte[]> producer = kafka.CreateProducer<byte[], byte[]>(new ProducerOptions
        {
            Linger = TimeSpan.FromMilliseconds(settings.LingerMilliseconds),
            BatchSizeBytes = settings.BatchBytes,
        });
        await using KafkaConsumer<byte[], byte[]> consumer = kafka.CreateConsumer<byte[], byte[]>(new ConsumerOptions { GroupId = settings.Group });
        if (settings.Group is null)
        {
            // Where the logs end now, as offsets: a consumer that looked for the end itself might find it behind the first record.
            TopicDescription topic = await kafka.Topics.DescribeAsync(settings.Topic, token);
            TopicPartition[] partitions = [.. topic.Partitions.Select(p => new TopicPartition(settings.Topic, p.Partition))];
            consumer.Assign([.. await consumer.EndOffsetsAsync(partitions, token)]);
        }
        else
        {
            consumer.Subscribe(settings.Topic); // from the beginning, where the group has no offset
        }

        Client client = new(producer, consumer, settings);
        report.Print(await new RoundTripLoad(client, settings).MeasureAsync(token));
        return Output.ExitCode.Done;
    }

    private sealed class Client(KafkaProducer<byte[], byte[]> producer, KafkaConsumer<byte[], byte[]> consumer, RoundTripSettings settings) : IRoundTripClient
    {
        public void Send(byte[] key, byte[] value)
        {
            ValueTask sent = producer.EnqueueAsync(settings.Topic, key, value);
            if (!sent.IsCompletedSuccessfully)
            {
                sent.AsTask().GetAwaiter().GetResult();
            }
        }

        public Task ReadAsync(RoundTripTally tally, CancellationToken token) =>
            settings.Mode == ReadMode.Batch ? ReadBatchesAsync(tally, token) : ReadRecordsAsync(tally, token);

        private async Task ReadBatchesAsync(RoundTripTally tally, CancellationToken token)
        {
            while (await consumer.WaitToReadAsync(token))
            {
                while (consumer.TryReadBatch(out ConsumedBatch batch))
                {
                    using (batch)
                    {
                        foreach (RecordView record in batch)
                        {
                            tally.Add(record.Value);
                        }
                    }
                }
            }
        }

        private async Task ReadRecordsAsync(RoundTripTally tally, CancellationToken token)
        {
            await foreach (ConsumedRecord<byte[], byte[]> record in consumer.ReadAllAsync(token))
            {
                tally.Add(record.Value);
            }
        }
    }
}
