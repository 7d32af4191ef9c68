using System.Buffers;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Face;

/// <summary>What a record costs the heap on the thread that enqueues it, for every way to serialise it.</summary>
public sealed class EnqueueAllocationTests
{
    private const int Records = 50_000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Built_in_serialisers_allocate_nothing_for_a_record()
    {
        await using KafkaTestCluster cluster = await StartAsync();
        await MeasureAsync("key or value");
        await MeasureAsync<string?>(null);
        await MeasureAsync(new string('ä', 100));
        await MeasureAsync<byte[]>([1, 2, 3]);
        await MeasureAsync<ReadOnlyMemory<byte>>(new byte[] { 1, 2, 3 });
        await MeasureAsync<ReadOnlyMemory<byte>?>(new byte[] { 1, 2, 3 });
        await MeasureAsync(new byte[] { 1, 2, 3 }.AsMemory());
        await MeasureAsync<sbyte>(1);
        await MeasureAsync<byte>(1);
        await MeasureAsync<short>(1);
        await MeasureAsync<ushort>(1);
        await MeasureAsync(1);
        await MeasureAsync(1u);
        await MeasureAsync(1L);
        await MeasureAsync(1UL);
        await MeasureAsync<Int128>(1);
        await MeasureAsync<UInt128>(1);
        await MeasureAsync(1f);
        await MeasureAsync(1d);
        await MeasureAsync((Half)1);
        await MeasureAsync(true);
        await MeasureAsync(Guid.Empty);
        await MeasureAsync<long?>(1);
        await MeasureAsync<Guid?>(null);
        await MeasureAsync(Guid.Empty, Serializers.GuidText());

        async Task MeasureAsync<T>(T value, ISerializer<T>? serializer = null) => await AssertNothingAsync(cluster, value, serializer);
    }

    [Fact]
    public async Task JSON_of_a_source_generated_contract_allocates_nothing_for_a_record()
    {
        await using KafkaTestCluster cluster = await StartAsync();
        await AssertNothingAsync(cluster, new FaceOrder("a", 3, new FaceOrder("b", 4)), Serializers.Json(FaceJson.Default.FaceOrder));
    }

    [Fact]
    public async Task Serialisers_of_users_are_given_memory_that_is_used_again()
    {
        await using KafkaTestCluster cluster = await StartAsync();
        await AssertNothingAsync(cluster, 10, new Zeros());
        await AssertNothingAsync(cluster, 500, new Zeros());
        await AssertNothingAsync(cluster, 10, new WrittenZeros());
        await AssertNothingAsync(cluster, 500, new WrittenZeros());
    }

    [Fact]
    public async Task Delivery_handlers_cost_no_allocation_neither_where_records_are_sent_nor_where_they_are_reported()
    {
        await using KafkaTestCluster cluster = await StartAsync();
        await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = cluster.BootstrapServers, Transport = cluster.Transport });
        await using KafkaProducer<long, long> producer = client.CreateProducer<long, long>(Lingering());
        TopicSender topic = producer.ForTopic(FaceWorld.Topic);
        await topic.WaitToSendAsync();
        CountingHandler handler = new();
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Records; i += 2)
            {
                Assert.True(producer.TrySend(new ProduceRecord<long, long>(FaceWorld.Topic, i, i), handler, topic, i));
                Assert.True(topic.TrySend(new RawRecord("k"u8, "v"u8), handler, topic, i + 1));
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            await producer.FlushAsync().WaitAsync(Limit);
            Assert.Equal(Records * (round + 1), handler.Reports);
            if (round == 2)
            {
                Assert.True(allocated < Records / 10, $"{allocated} bytes were allocated to send {Records} records.");
                Assert.True(handler.Allocated < Records / 10, $"{handler.Allocated} bytes were allocated to report {Records} records.");
            }
        }
    }

    private static ProducerOptions Lingering() => new()
    {
        Linger = TimeSpan.FromSeconds(60), BatchSizeBytes = 60 << 20, MaxRequestSizeBytes = 63 << 20, BufferMemoryBytes = 256 << 20,
        DeliveryTimeout = TimeSpan.FromMinutes(2),
    };

    private static async Task<KafkaTestCluster> StartAsync()
    {
        KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(new KafkaTestClusterOptions
        {
            Transport = KafkaTestTransport.InMemory, RecordRequests = false, Discard = true, MaxMessageBytes = 64 << 20,
        });
        await cluster.CreateTopicAsync(FaceWorld.Topic);
        return cluster;
    }

    private static async Task AssertNothingAsync<T>(KafkaTestCluster cluster, T value, ISerializer<T>? serializer)
    {
        // Nothing is sent while it is measured: sending has tests of its own, and the embedded cluster allocates on this thread, too.
        await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = cluster.BootstrapServers, Transport = cluster.Transport });
        await using KafkaProducer<T, T> producer = client.CreateProducer(Lingering(), serializer, serializer);
        await producer.EnqueueAsync(FaceWorld.Topic, value, value); // learns the topic
        Enqueue(producer, value);
        Enqueue(producer, value); // twice: more segments than will be needed
        await producer.FlushAsync().WaitAsync(Limit);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Enqueue(producer, value);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        await producer.FlushAsync().WaitAsync(Limit);
        Assert.True(allocated < Records / 10, $"{allocated} bytes were allocated for {Records} records of {typeof(T)}.");
    }

    private static void Enqueue<T>(KafkaProducer<T, T> producer, T value)
    {
        for (int i = 0; i < Records; i++)
        {
            ValueTask enqueued = producer.EnqueueAsync(FaceWorld.Topic, value, value);
            Assert.True(enqueued.IsCompletedSuccessfully);
        }
    }

    /// <summary>Compares what its thread has allocated from report to report. All reports of a batch come on one thread, one after the other.</summary>
    private sealed class CountingHandler : IDeliveryHandler
    {
        private int _thread;
        private long _before;

        public int Reports { get; private set; }

        public long Allocated { get; private set; }

        public void OnDelivered(in DeliveryReport report)
        {
            long now = GC.GetAllocatedBytesForCurrentThread();
            Allocated = Reports % Records == 0 || _thread != Environment.CurrentManagedThreadId ? 0 : Allocated + now - _before;
            _thread = Environment.CurrentManagedThreadId;
            _before = now;
            Reports++;
        }
    }

    private sealed class Zeros : ISpanSerializer<int>
    {
        public int GetSize(int value) => value;

        public void Serialize(int value, Span<byte> destination) => destination.Clear();
    }

    private sealed class WrittenZeros : ISerializer<int>
    {
        public bool IsNull(int value) => false;

        public void Serialize(int value, IBufferWriter<byte> destination)
        {
            destination.GetSpan(value)[..value].Clear();
            destination.Advance(value);
        }
    }
}
