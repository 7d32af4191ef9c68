using System.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing;
using HighPerf.Kafka.Testing.Logs;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>
/// One producer and one embedded cluster on virtual time. It keeps account of every send, and checks at the end: each waiter was told, exactly once; what
/// was acknowledged is in the log exactly once and where it was said to be; what was told as not written is not there; nothing is left of memory and buffers.
/// Values must be different for each send.
/// </summary>
internal sealed class ProducerWorld
{
    public const string Topic = "t";

    private readonly List<Sending> _sent = [];
    private readonly ProducerOptions _options;
    private readonly KafkaTestClusterOptions _clusterOptions;

    public ProducerWorld(ProducerOptions? options = null, KafkaTestClusterOptions? cluster = null, NetworkFaultPlan? network = null, ulong seed = 1)
    {
        _options = options ?? new ProducerOptions();
        _clusterOptions = cluster ?? new KafkaTestClusterOptions();
        _clusterOptions.Host = "broker";
        _clusterOptions.Port = 9092;
        Simulation = new Simulation(seed, network);
    }

    public Simulation Simulation { get; }

    public KafkaTestCluster Cluster { get; private set; } = null!;

    public KafkaClient Client { get; private set; } = null!;

    public KafkaProducer<string?, string> Producer { get; private set; } = null!;

    public FaultPlan Faults => Cluster.Faults;

    /// <summary>The settings of the topic; null: no topic is created.</summary>
    public IReadOnlyDictionary<string, string>? TopicSettings { get; init; } = new Dictionary<string, string>();

    public int Partitions { get; init; } = 1;

    /// <summary>Changes what the client is given.</summary>
    public Action<KafkaClientOptions>? Configure { get; init; }

    /// <summary>Options under which a send ends soon.</summary>
    public static ProducerOptions Short() => new() { DeliveryTimeout = TimeSpan.FromSeconds(2), RequestTimeout = TimeSpan.FromSeconds(1) };

    /// <summary>Runs the test in a world of its own, to its end, and checks the accounts.</summary>
    public void Run(Func<ProducerWorld, Task> test) => Simulation.Run(async () =>
    {
        Cluster = new KafkaTestCluster(Simulation.Environment, Simulation.Network, _clusterOptions);
        await Cluster.StartAsync();
        if (TopicSettings is not null)
        {
            await Cluster.CreateTopicAsync(Topic, Partitions, _clusterOptions.DefaultReplicationFactor, TopicSettings);
        }

        KafkaClientOptions options = Simulation.Options(Cluster.BootstrapServers);
        Configure?.Invoke(options);
        Client = Simulation.CreateClient(options);
        Producer = Client.CreateProducer<string?, string>(_options);
        await test(this);
        await Producer.DisposeAsync();
        Assert.All(_sent, sending => Assert.True(sending.Task.IsCompleted, $"'{sending.Value}' was never told"));
        await CheckLogAsync();
        Assert.Equal(0, Producer.Engine.Memory.Used);
        await Client.DisposeAsync();
        await Cluster.DisposeAsync();
        Assert.Equal(0, Client.Runtime.Buffers.OutstandingBuffers);
    });

    /// <summary>Sends a record and takes it into account.</summary>
    public Task<RecordMetadata> Send(string value, string? key = null, int partition = 0, string topic = Topic, CancellationToken cancellationToken = default)
    {
        ProduceRecord<string?, string> record = new(topic, key, value) { Partition = partition };
        Task<RecordMetadata> task = Producer.SendAsync(record, cancellationToken).AsTask();
        _sent.Add(new Sending(topic, value, task));
        return task;
    }

    /// <summary>Sends several records one after another and completes when all of them are told.</summary>
    public Task SendAll(params string[] values) => Task.WhenAll(values.Select(value => Send(value)));

    /// <summary>The failure of a send that must fail.</summary>
    public static Task<KafkaProduceException> Failure(Task<RecordMetadata> sending) => Assert.ThrowsAsync<KafkaProduceException>(() => sending);

    public Task Delay(TimeSpan time) => Simulation.Delay(time);

    public Task Delay(double seconds) => Simulation.Delay(TimeSpan.FromSeconds(seconds));

    /// <summary>Has brokers say what they would not say by themselves.</summary>
    public AnswerChange Change(AnswerChange change)
    {
        Cluster.Model.Interceptor = change;
        return change;
    }

    /// <summary>Sends records one after another, each in a request of its own while there are free slots, and completes when all are told.</summary>
    public async Task SendApart(params string[] values)
    {
        List<Task> sends = [];
        foreach (string value in values)
        {
            sends.Add(Send(value));
            await Delay(TimeSpan.FromMicroseconds(10));
        }

        await Task.WhenAll(sends);
    }

    /// <summary>The batches of a partition that brokers saw, in the order of their arrival.</summary>
    public List<SentBatch> Batches(int partition = 0, string topic = Topic) =>
    [
        .. Cluster.Requests.Snapshot(ApiKey.Produce)
            .SelectMany(request => SentBatch.Of(request, Cluster.Model.Codecs))
            .Where(batch => batch.Partition == partition && batch.Topic == topic),
    ];

    /// <summary>The same, in short.</summary>
    public string[] Seen(int partition = 0) => [.. Batches(partition).Select(batch => batch.ToString())];

    /// <summary>How often the producer asked who it is.</summary>
    public int IdentitiesAsked => Cluster.Requests.Snapshot(ApiKey.InitProducerId).Length;

    /// <summary>What stands in the log, in order.</summary>
    public List<(long Offset, string Value)> Log(int partition = 0, string topic = Topic)
    {
        List<(long, string)> records = [];
        List<LogSlice> slices = [];
        PartitionLog log = Cluster.Model.Topics.Find(topic)!.Partitions[partition].Log;
        log.Read(log.StartOffset, long.MaxValue, int.MaxValue, true, slices);
        FetchedRecordsReader reader = new(Cluster.Model.Codecs);
        foreach (LogSlice slice in slices)
        {
            reader.Reset(slice.Segment.Bytes.AsMemory(slice.Offset, slice.Count), 0, false, []);
            while (reader.TryReadBatch(out FetchedBatch batch))
            {
                using PooledBuffer scratch = new(Cluster.Model.Buffers);
                foreach (RecordView record in batch.GetRecords(Cluster.Model.Codecs, scratch))
                {
                    records.Add((record.Offset, Encoding.UTF8.GetString(record.Value)));
                }
            }
        }

        return records;
    }

    /// <summary>The values in the log, in order.</summary>
    public string[] LogValues(int partition = 0) => [.. Log(partition).Select(record => record.Value)];

    private async Task CheckLogAsync()
    {
        foreach (IGrouping<string, Sending> topic in _sent.GroupBy(sending => sending.Topic))
        {
            int partitions = Cluster.Model.Topics.Find(topic.Key)?.Partitions.Length ?? 0;
            List<(int Partition, long Offset, string Value)> log =
                [.. Enumerable.Range(0, partitions).SelectMany(p => Log(p, topic.Key).Select(record => (p, record.Offset, record.Value)))];
            foreach (Sending sending in topic)
            {
                await CheckAsync(sending, log.FindAll(record => record.Value == sending.Value));
            }
        }
    }

    private static async Task CheckAsync(Sending sending, List<(int Partition, long Offset, string Value)> found)
    {
        Assert.True(found.Count <= 1, $"'{sending.Value}' is in the log {found.Count} times");
        try
        {
            RecordMetadata told = await sending.Task;
            if (sending.IsKept)
            {
                (int partition, long offset, _) = Assert.Single(found);
                Assert.Equal(partition, told.Partition);
                Assert.True(told.Offset < 0 || told.Offset == offset, $"'{sending.Value}' is at {offset} and was told to be at {told.Offset}");
            }
        }
        catch (KafkaProduceException e)
        {
            Assert.True(e.Outcome != DeliveryOutcome.NotWritten || found.Count == 0, $"'{sending.Value}' is in the log: {e.Message}");
            Assert.True(e.Outcome != DeliveryOutcome.Written || found.Count == 1, $"'{sending.Value}' is not in the log: {e.Message}");
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or ArgumentException)
        {
            // Cancelled ones may be there; the test knows whether.
        }
    }

    /// <summary>The next checks look at the log as it is then: what was deleted on purpose is not missed.</summary>
    public void ForgetWritten() => _sent.FindAll(sending => sending.Task.IsCompletedSuccessfully).ForEach(sending => sending.IsKept = false);

    private sealed class Sending(string topic, string value, Task<RecordMetadata> task)
    {
        public string Topic => topic;

        public string Value => value;

        public Task<RecordMetadata> Task => task;

        public bool IsKept { get; set; } = true;
    }
}
