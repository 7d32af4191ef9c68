using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>
/// One producer and one consumer against the embedded broker, all in one process, on one thread, on virtual time, over a network that the seed
/// disturbs. Checks that every acknowledged
/// record is in the log exactly once and in the order of its key, and that every waiter completed.
/// </summary>
internal static class ProduceFetchHistory
{
    private const int Partitions = 3;
    private const int Records = 60;
    private const string Topic = "simulated";

    public static HistoryResult Run(ulong seed, bool rough, Action<string>? trace = null)
    {
        SimulatedEnvironment environment = new(seed, trace);
        SimulatedNetwork network = new(environment);
        int acknowledged = 0;
        long outstanding = 0;
        environment.Run(
            async () =>
            {
                KafkaTestCluster cluster = new(environment, network, new KafkaTestClusterOptions { Host = "broker", Port = 9092 });
                await cluster.StartAsync();
                await cluster.CreateTopicAsync(Topic, Partitions);
                network.Plan = rough ? NetworkFaultPlan.Rough : NetworkFaultPlan.Calm;
                KafkaClient kafka = new(
                    new KafkaClientOptions
                    {
                        BootstrapServers = cluster.BootstrapServers,
                        Transport = network,
                        RequestTimeout = TimeSpan.FromSeconds(2),
                        ConnectTimeout = TimeSpan.FromSeconds(2),
                    },
                    environment);
                SortedDictionary<(int Partition, long Offset), string> sent = await ProduceAsync(kafka, environment.CreateRandom("application"));
                acknowledged = sent.Count;

                // What follows checks the log; it is not to be disturbed for ever.
                network.Plan = NetworkFaultPlan.Calm;
                await CheckAsync(kafka, sent);
                await kafka.DisposeAsync();
                await cluster.DisposeAsync();
                outstanding = kafka.Runtime.Buffers.OutstandingBuffers;
            },
            limit: TimeSpan.FromMinutes(30));
        return new HistoryResult(environment.Log.Hash, environment.Log.Count, environment.Now, acknowledged, outstanding);
    }

    private static async Task<SortedDictionary<(int Partition, long Offset), string>> ProduceAsync(KafkaClient kafka, RandomSource random)
    {
        KafkaProducer<string, string> producer = kafka.CreateProducer<string, string>(new ProducerOptions
        {
            RequestTimeout = TimeSpan.FromSeconds(2),
            DeliveryTimeout = TimeSpan.FromMinutes(10),
            BatchSizeBytes = 1024,
        });
        List<(string Value, Task<RecordMetadata> Sent)> sends = [];
        for (int i = 0; i < Records; i++)
        {
            string value = $"record {i} {new string('x', random.Next(200))}";
            sends.Add((value, producer.SendAsync(Topic, $"key {random.Next(7)}", value).AsTask()));
            if (random.Chance(0.3))
            {
                await sends[random.Next(sends.Count)].Sent;
            }
        }

        SortedDictionary<(int Partition, long Offset), string> acknowledged = [];
        foreach ((string value, Task<RecordMetadata> sent) in sends)
        {
            RecordMetadata metadata = await sent;

            // A duplicate of a batch that the broker has forgotten the offset of is told without one.
            bool isNew = metadata.Offset < 0 || acknowledged.TryAdd((metadata.Partition, metadata.Offset), value);
            Assert.True(isNew, $"two records were acknowledged at {metadata}");
        }

        await producer.DisposeAsync();
        Assert.True(acknowledged.Count > 0);
        return acknowledged;
    }

    private static async Task CheckAsync(KafkaClient kafka, SortedDictionary<(int Partition, long Offset), string> sent)
    {
        KafkaConsumer<string, string> consumer = kafka.CreateConsumer<string, string>(new ConsumerOptions { RequestTimeout = TimeSpan.FromSeconds(2) });
        consumer.Assign([.. Enumerable.Range(0, Partitions).Select(static p => new TopicPartitionOffset(Topic, p, TopicPartitionOffset.Beginning))]);
        HashSet<string> seen = [];
        Dictionary<string, int> lastOfKey = [];
        await foreach (ConsumedRecord<string, string> record in consumer.ReadAllAsync())
        {
            Assert.True(seen.Add(record.Value!), $"'{record.Value}' is in the log twice");
            int number = int.Parse(record.Value!.Split(' ')[1]);
            Assert.True(!lastOfKey.TryGetValue(record.Key!, out int last) || last < number, $"record {number} of {record.Key} stands behind record {last}");
            lastOfKey[record.Key!] = number;
            if (sent.TryGetValue((record.Partition, record.Offset), out string? value))
            {
                Assert.Equal(value, record.Value);
            }

            if (seen.Count == Records)
            {
                break;
            }
        }

        Assert.Equal(Records, seen.Count);
        await consumer.DisposeAsync();
    }
}
