using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Tests.Producing.Face;

/// <summary>An embedded cluster in virtual time, for one test: the same seed gives the same order of events.</summary>
internal sealed class FaceWorld
{
    public const string Topic = "t";

    private readonly SimulatedNetwork _network;
    private readonly int _brokers;
    private readonly int _partitions;

    public FaceWorld(int brokers = 1, int partitions = 1, ulong seed = 1)
    {
        _brokers = brokers;
        _partitions = partitions;
        Environment = new SimulatedEnvironment(seed);
        _network = new SimulatedNetwork(Environment);
    }

    public SimulatedEnvironment Environment { get; }

    public KafkaTestCluster Cluster { get; private set; } = null!;

    public KeptLog Log { get; } = new();

    public KafkaClient Client { get; private set; } = null!;

    /// <summary>Runs a test to its end; whatever it was, no memory and no buffer may be left.</summary>
    public void Run<TKey, TValue>(
        ProducerOptions options, Func<KafkaProducer<TKey, TValue>, Task> test, ISerializer<TKey>? keys = null, ISerializer<TValue>? values = null) =>
        Environment.Run(
            async () =>
            {
                Cluster = new KafkaTestCluster(Environment, _network, new KafkaTestClusterOptions { Host = "broker", Port = 9092, Brokers = _brokers });
                await Cluster.StartAsync();
                await Cluster.CreateTopicAsync(Topic, _partitions);
                KafkaClientOptions clientOptions = new() { BootstrapServers = Cluster.BootstrapServers, Transport = _network, LoggerFactory = Log };
                KafkaClient client = Client = new(clientOptions, Environment);
                KafkaProducer<TKey, TValue> producer = client.CreateProducer(options, keys, values);
                await test(producer);
                await producer.DisposeAsync();
                Assert.Equal(0, producer.Engine.Memory.Used);
                await client.DisposeAsync();
                await Cluster.DisposeAsync();
                Assert.Equal(0, client.Runtime.Buffers.OutstandingBuffers);
            },
            TimeSpan.FromHours(1));

    /// <summary>The leader of a partition as the cluster has it.</summary>
    public int LeaderOf(int partition) => Cluster.Model.Topics.Find(Topic)!.Partitions[partition].LeaderId;

    /// <summary>What stands in the log of a partition, in order, without a client in between.</summary>
    public List<LoggedRecord> Records(int partition)
    {
        List<LogSlice> slices = [];
        List<LoggedRecord> records = [];
        Cluster.Model.Topics.Find(Topic)!.Partitions[partition].Log.Read(0, long.MaxValue, int.MaxValue, true, slices);
        FetchedRecordsReader reader = new(Cluster.Model.Codecs);
        foreach (LogSlice slice in slices)
        {
            reader.Reset(slice.Segment.Bytes.AsMemory(slice.Offset, slice.Count), 0, false, []);
            while (reader.TryReadBatch(out FetchedBatch batch))
            {
                using PooledBuffer scratch = new(Cluster.Model.Buffers);
                foreach (RecordView record in batch.GetRecords(Cluster.Model.Codecs, scratch))
                {
                    records.Add(new LoggedRecord(record));
                }
            }
        }

        return records;
    }
}
