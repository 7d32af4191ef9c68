using System.Buffers.Binary;
using HighPerf.Kafka.Producing;
using HighPerf.Kafka.Testing;
using Xunit.Abstractions;

namespace HighPerf.Kafka.Tests.Producing;

/// <summary>
/// A record allocates nothing, in whichever way it is sent: over a million records at a time, counted for the whole process, the embedded cluster on the
/// other end of a real socket included. Nothing means less than a tenth of a byte.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class ProducerAllocationTests : IDisposable
{
    private const string Topic = "t";
    private const int Records = 1_000_000;
    private const int WarmUps = 3; // pools of both ends grow with what is on its way, and that with the speed of the link as it is found out
    private const int Rounds = 8;
    private const double Nothing = 0.1;

    private readonly ITestOutputHelper _output;
    private readonly CancellationTokenSource _cancellation = new();
    private readonly ValueTask<RecordMetadata>[] _sent = new ValueTask<RecordMetadata>[5_000];
    private readonly byte[] _key = new byte[8];
    private readonly byte[] _value = new byte[92];

    public ProducerAllocationTests(ITestOutputHelper output) => _output = output;

    public void Dispose() => _cancellation.Dispose();

    [Fact]
    public Task A_record_that_nobody_waits_for_allocates_nothing() => MeasureAsync(EnqueueAsync);

    [Fact]
    public Task A_record_of_a_topic_bound_sender_allocates_nothing() => MeasureAsync(async (producer, records) =>
    {
        TopicSender sender = producer.ForTopic(Topic);
        for (int i = 0; i < records; i++)
        {
            while (!sender.TrySend(Key(i), _value))
            {
                await sender.WaitToSendAsync(100);
            }
        }

        await producer.FlushAsync();
    });

    [Fact]
    public Task A_record_that_waits_for_memory_allocates_nothing() => MeasureAsync(EnqueueAsync, options => options.BufferMemoryBytes = 1024 * 1024);

    [Fact]
    public Task An_awaited_record_with_a_live_token_allocates_nothing() => MeasureAsync(async (producer, records) =>
    {
        for (int i = 0; i < records + _sent.Length; i++)
        {
            if (i >= _sent.Length)
            {
                await _sent[i % _sent.Length];
            }

            _sent[i % _sent.Length] = i < records ? producer.SendAsync(Topic, Key(i), _value, _cancellation.Token) : default;
        }
    });

    [Fact]
    public async Task A_record_with_a_delivery_handler_allocates_nothing()
    {
        CountingHandler handler = new();
        object state = new();
        await MeasureAsync(async (producer, records) =>
        {
            for (int i = 0; i < records; i++)
            {
                await producer.EnqueueAsync(new ProduceRecord<byte[], byte[]>(Topic, Key(i), _value), handler, state);
            }

            await producer.FlushAsync();
        });
        Assert.Equal((WarmUps + Rounds) * Records, handler.Delivered);
        Assert.Equal(0, handler.Failed);
    }

    private async Task EnqueueAsync(KafkaProducer<byte[], byte[]> producer, int records)
    {
        for (int i = 0; i < records; i++)
        {
            await producer.EnqueueAsync(Topic, Key(i), _value);
        }

        await producer.FlushAsync();
    }

    private byte[] Key(int number)
    {
        // Read before the send returns, so one array serves all.
        BinaryPrimitives.WriteInt64BigEndian(_key, number);
        return _key;
    }

    // On a thread of the pool: to come back to the test's own context an await allocates.
    private Task MeasureAsync(Func<KafkaProducer<byte[], byte[]>, int, Task> send, Action<ProducerOptions>? change = null) =>
        Task.Run(() => MeasureHereAsync(send, change));

    private async Task MeasureHereAsync(Func<KafkaProducer<byte[], byte[]>, int, Task> send, Action<ProducerOptions>? change)
    {
        KafkaTestClusterOptions clusterOptions = new() { Transport = KafkaTestTransport.Tcp, Discard = true, RecordRequests = false };
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(clusterOptions);
        await cluster.CreateTopicAsync(Topic, 12);
        await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = cluster.BootstrapServers });
        ProducerOptions options = new() { Linger = TimeSpan.FromMilliseconds(5), BufferMemoryBytes = 4 * 1024 * 1024 };
        change?.Invoke(options);
        await using KafkaProducer<byte[], byte[]> producer = client.CreateProducer<byte[], byte[]>(options);

        Fill(producer.Engine);
        for (int i = 0; i < WarmUps; i++)
        {
            await send(producer, Records);
        }

        // Pools of both ends grow now and then, with what the machine does besides; what a record costs, it costs in every round.
        double least = double.MaxValue;
        for (int i = 0; i < Rounds; i++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            await send(producer, Records);
            double each = (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / Records;
            _output.WriteLine($"{each:F4} bytes a record");
            least = Math.Min(least, each);
        }

        Assert.InRange(least, 0, Nothing);
        await producer.FlushAsync(); // whoever awaits the last record goes on a moment before its batch is told
        Assert.Equal(0, producer.Engine.Memory.Used);
    }

    // Pools grow to the most that is ever in use at a time: here to the most that can be.
    private static void Fill(ProducerEngine engine)
    {
        int longest = engine.SegmentSizes.Longest;
        byte[][] segments = [.. Enumerable.Range(0, (int)(engine.Memory.Capacity / longest)).Select(_ => engine.Segments.Rent(longest))];
        Array.ForEach(segments, engine.Segments.Return);
        PartitionQueue queue = new(engine, engine.GetTopic(Topic), 0);
        AckBlock[] blocks = [.. Enumerable.Range(0, 2_000).Select(_ => engine.TakeAckBlock(queue))];
        Array.ForEach(blocks, engine.Recycle);
        engine.Memory.Release((long)blocks.Length * AckBlock.Bytes);
    }

    private sealed class CountingHandler : IDeliveryHandler
    {
        private long _delivered;
        private long _failed;

        public long Delivered => Interlocked.Read(ref _delivered);

        public long Failed => Interlocked.Read(ref _failed);

        public void OnDelivered(in DeliveryReport report) => Interlocked.Increment(ref report.IsDelivered ? ref _delivered : ref _failed);
    }
}
