using HighPerf.Kafka.Testing;
using Xunit.Abstractions;

namespace HighPerf.Kafka.Tests.Producing.Stress;

/// <summary>
/// Sixteen threads and sixty-four partitions, records from nothing to 900 KB, every way of sending, and faults all the time. Every record is checked in the log
/// of the brokers themselves: its bytes, that it is there once, its place behind the older ones of its key, and that its sender was told the truth.
/// </summary>
[Collection(StressCollection.Name)]
public sealed class ProducerStressTests(ITestOutputHelper output)
{
    private const string Topic = "stress";
    private const int Senders = 16;
    private const int Partitions = 64;
    private const int KeysPerSender = 64;
    private const long Megabyte = 1024 * 1024;

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(IsLong ? 60 : 8);

    private static bool IsLong => Environment.GetEnvironmentVariable("HPK_LONG") == "1";

    [Fact]
    public Task Every_record_arrives_once_and_in_order() => RunAsync(
        new ProducerOptions(), new StressOptions(600 * Megabyte, KillsBrokers: true, RefusesForGood: false), new StressPromise(KeepsTaken: true));

    [Fact]
    public Task Compressed_and_with_batches_refused_for_good_nothing_else_is_disturbed() => RunAsync(
        new ProducerOptions { Compression = CompressionType.Lz4, Linger = TimeSpan.FromMilliseconds(5), BatchSizeBytes = 64 * 1024 },
        new StressOptions(150 * Megabyte, KillsBrokers: true, RefusesForGood: true),
        new StressPromise());

    [Fact]
    public Task Acknowledged_by_the_leader_alone_and_without_idempotence_nothing_acknowledged_is_lost() => RunAsync(
        new ProducerOptions { Acks = Acks.Leader, MaxInFlightRequestsPerBroker = 8 },
        new StressOptions(150 * Megabyte, KillsBrokers: false, RefusesForGood: true),
        new StressPromise(MayDouble: true, MayReorder: true));

    [Fact]
    public Task Without_acknowledgements_nothing_is_damaged_or_doubled_and_every_waiter_completes() => RunAsync(
        new ProducerOptions { Acks = Acks.None },
        new StressOptions(60 * Megabyte, KillsBrokers: true, RefusesForGood: true),
        new StressPromise(MayReorder: true, KeepsAcknowledged: false));

    private async Task RunAsync(ProducerOptions producerOptions, StressOptions options, StressPromise promise)
    {
        producerOptions.BufferMemoryBytes = 24 * Megabyte;
        producerOptions.RequestTimeout = TimeSpan.FromSeconds(2);
        producerOptions.DeliveryTimeout = TimeSpan.FromMinutes(5);
        producerOptions.CloseTimeout = TimeSpan.FromMinutes(2);
        producerOptions.Partitioner = new StressPartitioner();
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(new KafkaTestClusterOptions
        {
            Brokers = 3,
            DefaultReplicationFactor = 3,
            RecordRequests = false,
            Transport = KafkaTestTransport.InMemory,
        });
        await cluster.CreateTopicAsync(Topic, Partitions);
        StressKey[][] keys = [.. Enumerable.Range(0, Senders).Select(static _ => MakeKeys())];
        StressPace pace = new();
        cluster.Model.Interceptor = pace;
        StressLog log = new(cluster, Topic, keys, promise);
        StressFaults faults = new(cluster, pace, Topic, Partitions, options);
        await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = cluster.BootstrapServers, Transport = cluster.Transport });
        KafkaProducer<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> producer = client.CreateProducer<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(producerOptions);

        using CancellationTokenSource end = new();
        Task troubling = faults.RunAsync(end.Token);
        long share = options.Bytes / Senders * (IsLong ? 10 : 1);
        StressSender[] senders = [.. Enumerable.Range(0, Senders).Select(number => new StressSender(producer, Topic, number, keys[number]))];
        Task sending = Task.WhenAll(senders.Select(sender => Task.Factory.StartNew(() => sender.RunAsync(share), TaskCreationOptions.LongRunning).Unwrap()));
        Task reading = ReadAlongAsync(log, pace, sending);
        await Task.WhenAll(sending, reading).WaitAsync(_limit);
        await end.CancelAsync();
        await troubling;
        await producer.DisposeAsync().AsTask().WaitAsync(_limit);
        Assert.Equal(0, producer.Engine.Memory.Used);
        await log.ReadAsync(Partitions);
        Assert.All(senders, static sender => Assert.Equal(0, sender.Wrong));
        for (int sender = 0; sender < Senders; sender++)
        {
            for (int key = 0; key < KeysPerSender; key++)
            {
                keys[sender][key].Check(sender, key, promise);
            }
        }

        int acknowledged = keys.Sum(static sender => sender.Sum(static key => key.Acknowledged));
        int failed = keys.Sum(static sender => sender.Sum(static key => key.Failed));
        output.WriteLine($"{log.Records} records of {log.Bytes / Megabyte} MB in the log, {acknowledged} acknowledged, {failed} failed, {faults.Count} faults");
        Assert.True(faults.Count > 0);
        Assert.True(acknowledged > 1000);
    }

    private static StressKey[] MakeKeys() => [.. Enumerable.Range(0, KeysPerSender).Select(static _ => new StressKey())];

    private static async Task ReadAlongAsync(StressLog log, StressPace pace, Task sending)
    {
        while (!sending.IsCompleted)
        {
            await log.ReadAsync(Partitions);
            await Task.WhenAny(sending, pace.ForReading.WaitAsync());
        }
    }
}
