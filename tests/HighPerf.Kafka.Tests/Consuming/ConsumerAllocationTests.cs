using HighPerf.Kafka.Testing;
using Xunit.Abstractions;

namespace HighPerf.Kafka.Tests.Consuming;

/// <summary>
/// A record allocates nothing, in whichever way it is read: over a million records at a time, counted for the whole process, the embedded cluster on the
/// other end of a real socket included. Nothing means less than a tenth of a byte.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class ConsumerAllocationTests(ITestOutputHelper output)
{
    private const string Topic = "t";
    private const int Partitions = 12;
    private const int Records = 1_000_000;
    private const int Rounds = 4;
    private const double Nothing = 0.1;

    [Fact]
    public Task Records_of_batches_allocate_nothing() => MeasureAsync(static async consumer =>
    {
        long sum = 0;
        for (int read = 0; read < Records;)
        {
            await consumer.WaitToReadAsync();
            while (consumer.TryReadBatch(out ConsumedBatch batch))
            {
                using (batch)
                {
                    foreach (RecordView record in batch)
                    {
                        sum += record.Key[7] + record.Value[0];
                        read++;
                    }
                }
            }
        }

        return sum;
    });

    [Fact]
    public Task Records_that_are_read_one_by_one_allocate_nothing() => MeasureAsync(static async consumer =>
    {
        long sum = 0;
        for (int read = 0; read < Records;)
        {
            await consumer.WaitToReadAsync();
            while (consumer.TryRead(out ConsumedRecord<long, Guid> record))
            {
                sum += record.Key + record.Value.GetHashCode();
                read++;
            }
        }

        return sum;
    });

    [Fact]
    public Task Records_that_are_enumerated_allocate_nothing() => MeasureAsync(static async consumer =>
    {
        long sum = 0;
        int read = 0;
        await foreach (ConsumedRecord<long, Guid> record in consumer.ReadAllAsync())
        {
            sum += record.Key + record.Value.GetHashCode();
            if (++read == Records)
            {
                break;
            }
        }

        return sum;
    });

    // On a thread of the pool: to come back to the test's own context an await allocates.
    private Task MeasureAsync(Func<KafkaConsumer<long, Guid>, Task<long>> read) => Task.Run(() => MeasureHereAsync(read));

    private async Task MeasureHereAsync(Func<KafkaConsumer<long, Guid>, Task<long>> read)
    {
        KafkaTestClusterOptions clusterOptions = new() { Transport = KafkaTestTransport.Tcp, RecordRequests = false };
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(clusterOptions);
        await cluster.CreateTopicAsync(Topic, Partitions);
        await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = cluster.BootstrapServers });
        await using (KafkaProducer<long, Guid> producer = client.CreateProducer<long, Guid>())
        {
            for (int i = 0; i < Records; i++)
            {
                await producer.EnqueueAsync(Topic, i, new Guid(i, 0, 0, new byte[8]));
            }

            await producer.FlushAsync();
        }

        await using KafkaConsumer<long, Guid> consumer = client.CreateConsumer<long, Guid>();
        TopicPartitionOffset[] beginning = [.. Enumerable.Range(0, Partitions).Select(static p => new TopicPartitionOffset(Topic, p, 0))];
        consumer.Assign(beginning);
        long sum = await read(consumer);

        // Pools of both ends grow now and then, with what the machine does besides; what a record costs, it costs in every round.
        double least = double.MaxValue;
        for (int i = 0; i < Rounds; i++)
        {
            foreach (TopicPartitionOffset place in beginning)
            {
                consumer.Seek(new TopicPartition(place.Topic, place.Partition), 0);
            }

            long before = GC.GetTotalAllocatedBytes(precise: true);
            Assert.Equal(sum, await read(consumer));
            double each = (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / Records;
            output.WriteLine($"{each:F4} bytes a record");
            least = Math.Min(least, each);
        }

        Assert.InRange(least, 0, Nothing);
    }
}
