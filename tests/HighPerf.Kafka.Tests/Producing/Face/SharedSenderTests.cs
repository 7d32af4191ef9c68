using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Face;

/// <summary>Senders that several threads share, against brokers that answer late and refuse now and then: nothing is told twice, or not at all.</summary>
public sealed class SharedSenderTests
{
    private const int Threads = 4;
    private const int PerThread = 20_000;

    [Fact]
    public async Task Every_record_of_many_threads_is_reported_once_and_is_where_the_report_says()
    {
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { Brokers = 2, RecordRequests = false });
        await cluster.CreateTopicAsync(FaceWorld.Topic, 6);
        cluster.Faults.Fail(new RequestMatch { ApiKey = ApiKey.Produce, Every = 7 }, ErrorCode.NotEnoughReplicas);
        cluster.Faults.Delay(new RequestMatch { ApiKey = ApiKey.Produce, Every = 11 }, TimeSpan.FromMilliseconds(3));
        await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = cluster.BootstrapServers, Transport = cluster.Transport });
        ProducerOptions options = new()
        {
            BatchSizeBytes = 16 * 1024, MaxRequestSizeBytes = 64 * 1024, BufferMemoryBytes = 512 * 1024, RetryBackoff = TimeSpan.FromMilliseconds(1),
        };
        await using KafkaProducer<long, long> producer = client.CreateProducer<long, long>(options);
        Ledger ledger = new(Threads * PerThread);
        IEnumerable<Task> threads = Enumerable.Range(0, Threads).Select(thread => Task.Run(() => ProduceAsync(producer, ledger, thread)));
        await Task.WhenAll(threads).WaitAsync(TimeSpan.FromMinutes(2));
        await producer.FlushAsync().WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(1, ledger.Times.Min());
        Assert.Equal(1, ledger.Times.Max());
        Assert.Equal(Threads * PerThread, ledger.Places.Distinct().Count());
        Assert.Equal(0, producer.Engine.Memory.Used);
    }

    // Each thread uses one way after the other; a number is a record.
    private static async Task ProduceAsync(KafkaProducer<long, long> producer, Ledger ledger, int thread)
    {
        TopicSender topic = producer.ForTopic(FaceWorld.Topic);
        PartitionSender partition = producer.ForPartition(FaceWorld.Topic, thread);
        byte[] bytes = new byte[100];
        int next = thread * PerThread;
        int end = next + PerThread;
        while (next < end)
        {
            switch (next % 5)
            {
                case 0:
                    await producer.EnqueueAsync(new ProduceRecord<long, long>(FaceWorld.Topic, next, next), ledger, null, next);
                    break;
                case 1:
                    await topic.EnqueueAsync(new RawRecord(bytes), ledger, null, next);
                    break;
                case 2:
                    while (!partition.TrySend(new RawRecord(bytes), ledger, context: next))
                    {
                        await partition.WaitToSendAsync(bytes.Length);
                    }

                    break;
                case 3:
                    ledger.Add(next, await partition.SendAsync(bytes, bytes));
                    break;
                default:
                    IEnumerable<int> numbers = Enumerable.Range(next, Math.Min(96, end - next));
                    ProduceRecord<long, long>[] many = [.. numbers.Select(static n => new ProduceRecord<long, long>(FaceWorld.Topic, n, n))];
                    RecordMetadata[] where = new RecordMetadata[many.Length];
                    await producer.SendManyAsync(many, where);
                    for (int i = 0; i < many.Length; i++)
                    {
                        ledger.Add(next + i, where[i]);
                    }

                    next += many.Length - 1;
                    break;
            }

            next++;
        }
    }

    private sealed class Ledger(int records) : IDeliveryHandler
    {
        public int[] Times { get; } = new int[records];

        public (int Partition, long Offset)[] Places { get; } = new (int, long)[records];

        public void OnDelivered(in DeliveryReport report)
        {
            Assert.Null(report.Error);
            Add(report.Context, report.Metadata);
        }

        public void Add(long number, in RecordMetadata where)
        {
            Interlocked.Increment(ref Times[number]);
            Places[number] = (where.Partition, where.Offset);
        }
    }
}
