using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>
/// Several producers, each with several tasks that send, enqueue, flush, cancel and close when the seed says so, against a broker that refuses, hangs up
/// and stalls. Whatever happens: a record is in the log at most once, an acknowledged one exactly once and where it was said to be, one that is told as
/// not written nowhere; records of one task and partition keep their order; every waiter completes; no memory and no buffer is left.
/// </summary>
internal sealed class ProducerHistory
{
    private const string Topic = "simulated";
    private const int Partitions = 3;

    private readonly SimulatedEnvironment _environment;
    private readonly SimulatedNetwork _network;
    private readonly RandomSource _random;
    private readonly List<SentRecord> _sent = [];

    private readonly bool _isCluster;
    private readonly Action<string>? _trace;

    private ProducerHistory(ulong seed, bool isCluster, Action<string>? trace)
    {
        _isCluster = isCluster;
        _trace = trace;
        _environment = new SimulatedEnvironment(seed, trace);
        _network = new SimulatedNetwork(_environment);
        _random = _environment.CreateRandom("producer history");
    }

    public static HistoryResult Run(ulong seed, Action<string>? trace = null) => new ProducerHistory(seed, isCluster: false, trace).Run();

    /// <summary>Against three brokers, with three replicas of everything, that come and go.</summary>
    public static HistoryResult RunCluster(ulong seed, Action<string>? trace = null) => new ProducerHistory(seed, isCluster: true, trace).Run();

    private HistoryResult Run()
    {
        long outstanding = 0;
        _environment.Run(
            async () =>
            {
                KafkaTestClusterOptions clusterOptions = new() { Host = "broker", Port = 9092, Log = _trace };
                if (_random.Chance(0.5))
                {
                    clusterOptions.MaxMessageBytes = 300 + _random.Next(3000); // batches are divided, and some records are too large
                }

                if (_isCluster)
                {
                    clusterOptions.Brokers = ClusterActor.Brokers;
                    clusterOptions.DefaultReplicationFactor = ClusterActor.Brokers;
                    clusterOptions.ReplicationDelay = TimeSpan.FromMilliseconds(_random.Chance(0.5) ? 0 : _random.Next(300));
                    clusterOptions.BrokerSettings["min.insync.replicas"] = _random.Chance(0.5) ? "1" : "2";
                }

                KafkaTestCluster cluster = new(_environment, _network, clusterOptions);
                await cluster.StartAsync();
                await cluster.CreateTopicAsync(Topic, Partitions);
                _network.Plan = _random.Chance(0.5) ? NetworkFaultPlan.Rough : NetworkFaultPlan.Calm;
                cluster.Model.Interceptor = new FaultyBroker(_environment.CreateRandom("faults"), 0.15 * _random.NextDouble());
                KafkaClient kafka = new(
                    new KafkaClientOptions
                    {
                        BootstrapServers = cluster.BootstrapServers,
                        Transport = _network,
                        RequestTimeout = TimeSpan.FromSeconds(2),
                        ConnectTimeout = TimeSpan.FromSeconds(2),
                    },
                    _environment);
                ClusterActor actor = new(_environment, cluster, [Topic], Partitions);
                Task acting = _isCluster ? actor.RunAsync() : Task.CompletedTask;
                int producers = 1 + _random.Next(3);
                await Task.WhenAll(Enumerable.Range(0, producers).Select(producer => ProduceAsync(kafka, producer)));
                actor.IsOver = true;
                await acting;
                bool closeFirst = _random.Chance(0.5);
                if (closeFirst)
                {
                    await kafka.DisposeAsync();
                }

                // The broker may still apply what it has read.
                await _environment.Wait(TimeSpan.FromSeconds(30));
                Check(cluster);
                await kafka.DisposeAsync();
                await cluster.DisposeAsync();
                outstanding = kafka.Runtime.Buffers.OutstandingBuffers;
            },
            limit: TimeSpan.FromHours(2));
        return new HistoryResult(_environment.Log.Hash, _environment.Log.Count, _environment.Now, _sent.Count(static s => s.Metadata is not null), outstanding);
    }

    private async Task ProduceAsync(KafkaClient kafka, int number)
    {
        ProducerOptions options = new()
        {
            RequestTimeout = TimeSpan.FromSeconds(2),
            DeliveryTimeout = TimeSpan.FromSeconds(_random.Chance(0.5) ? 5 : 60),
            CloseTimeout = TimeSpan.FromSeconds(_random.Chance(0.3) ? _random.Next(3) : 90),
            Linger = TimeSpan.FromMilliseconds(_random.Chance(0.5) ? 0 : _random.Next(50)),
            BatchSizeBytes = 1024 << _random.Next(3),
            MaxRequestSizeBytes = 4096,
            BufferMemoryBytes = 4096 << _random.Next(5),
            MaxInFlightRequestsPerBroker = 1 + _random.Next(5),
            RetryBackoff = TimeSpan.FromMilliseconds(_random.Next(200)),
            Compression = (CompressionType)(_random.Chance(0.5) ? 0 : _random.Next(4)),
        };
        KafkaProducer<string?, string> producer = kafka.CreateProducer<string?, string>(options);
        List<Task> tasks = [];
        int count = 1 + _random.Next(3);
        for (int task = 0; task < count; task++)
        {
            tasks.Add(SendAllAsync(producer, $"{number}.{task}"));
        }

        if (_random.Chance(0.5))
        {
            await _environment.Wait(TimeSpan.FromMilliseconds(_random.Next(3000)));
        }
        else
        {
            await Task.WhenAll(tasks);
        }

        await producer.DisposeAsync();
        await Task.WhenAll(tasks);
        Assert.False(producer.Engine.Memory.HasWaiters);
        for (int i = 0; i < 100 && producer.Engine.Memory.Used > 0; i++)
        {
            // What was in flight at the end of CloseTimeout is let go when its connection is gone.
            await _environment.Wait(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(0, producer.Engine.Memory.Used);
    }

    private async Task SendAllAsync(KafkaProducer<string?, string> producer, string name)
    {
        List<Task> waits = [];
        int records = _random.Next(60);
        for (int i = 0; i < records; i++)
        {
            try
            {
                waits.Add(SendOneAsync(producer, new SentRecord($"{name} {i} {new string('x', _random.Next(400))}", _random.Next(Partitions), name)));
                if (_random.Chance(0.2))
                {
                    await waits[_random.Next(waits.Count)];
                }

                if (_random.Chance(0.03))
                {
                    await producer.FlushAsync();
                }
            }
            catch (ObjectDisposedException)
            {
                break;
            }
        }

        await Task.WhenAll(waits);
    }

    private async Task SendOneAsync(KafkaProducer<string?, string> producer, SentRecord record)
    {
        _sent.Add(record);
        ProduceRecord<string?, string> toSend = new(Topic, null, record.Value)
        {
            Partition = record.Partition,
            Headers = _random.Chance(0.3) ? [new RecordHeader("task", "header"u8.ToArray()), new RecordHeader("", null)] : null,
        };
        using CancellationTokenSource cancellation = new();
        try
        {
            Task<RecordMetadata> sending = producer.SendAsync(toSend, cancellation.Token).AsTask();
            if (_random.Chance(0.05))
            {
                await _environment.Wait(TimeSpan.FromMilliseconds(_random.Next(30)));
                cancellation.Cancel();
            }

            record.Metadata = await sending;
        }
        catch (KafkaProduceException e)
        {
            record.Outcome = e.Outcome;
        }
        catch (ObjectDisposedException)
        {
            record.Outcome = DeliveryOutcome.NotWritten;
        }
        catch (OperationCanceledException)
        {
            record.Outcome = DeliveryOutcome.MaybeWritten;
        }
    }

    private void Check(KafkaTestCluster cluster)
    {
        Dictionary<string, (int Partition, long Offset)> log = [];
        for (int p = 0; p < Partitions; p++)
        {
            LogReader.Read(cluster, Topic, p, (offset, value) =>
            {
                Assert.True(log.TryAdd(value, (p, offset)), $"'{Short(value)}' is in the log twice");
            });
        }

        Dictionary<(string Task, int Partition), long> lastOffset = [];
        foreach (SentRecord record in _sent)
        {
            bool written = log.TryGetValue(record.Value, out (int Partition, long Offset) at);
            Assert.True(record.Metadata is not null || record.Outcome is not null, $"'{Short(record.Value)}' was never completed");
            if (record.Metadata is { } metadata)
            {
                Assert.True(written, $"'{Short(record.Value)}' was acknowledged and is not in the log");
                Assert.Equal(record.Partition, at.Partition);
                Assert.True(
                    metadata.Offset < 0 || metadata.Offset == at.Offset,
                    $"'{Short(record.Value)}' was acknowledged at {metadata.Offset} and is at {at.Offset}");
            }
            else if (record.Outcome == DeliveryOutcome.NotWritten)
            {
                Assert.False(written, $"'{Short(record.Value)}' was told as not written and is in the log");
            }

            if (written)
            {
                (string, int) key = (record.Task, record.Partition);
                Assert.True(
                    !lastOffset.TryGetValue(key, out long before) || before < at.Offset,
                    $"'{Short(record.Value)}' at {at.Offset} stands before an older record at {before}");
                lastOffset[key] = at.Offset;
            }

            log.Remove(record.Value);
        }

        Assert.Empty(log);
    }

    private static string Short(string value) => value.TrimEnd('x');

    /// <summary>One record and what became of it.</summary>
    private sealed class SentRecord(string value, int partition, string task)
    {
        public string Value => value;

        public int Partition => partition;

        public string Task => task;

        public RecordMetadata? Metadata { get; set; }

        public DeliveryOutcome? Outcome { get; set; }
    }

    /// <summary>Refuses, hangs up and stalls as its seed says.</summary>
    private sealed class FaultyBroker(RandomSource random, double probability) : IRequestInterceptor
    {
        private static readonly ErrorCode[] Errors =
        [
            ErrorCode.NotLeaderOrFollower, ErrorCode.NotEnoughReplicas, ErrorCode.CorruptMessage, ErrorCode.KafkaStorageError, ErrorCode.InvalidRecord,
            ErrorCode.TopicAuthorizationFailed, ErrorCode.MessageTooLarge,
        ];

        public void OnRequest(InterceptedRequest request)
        {
            if (request.ApiKey is not (ApiKey.Produce or ApiKey.InitProducerId) || !random.Chance(probability))
            {
                return;
            }

            switch (random.Next(6))
            {
                case 0:
                    request.Verdict = RequestVerdict.Close;
                    break;
                case 1:
                    request.Verdict = RequestVerdict.ApplyAndClose;
                    break;
                case 2:
                    request.Verdict = RequestVerdict.ApplyAndStall;
                    break;
                default:
                    request.FailWith(Errors[random.Next(Errors.Length)]);
                    break;
            }
        }
    }
}
