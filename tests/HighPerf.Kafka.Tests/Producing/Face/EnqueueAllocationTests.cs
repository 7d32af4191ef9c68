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
        ProducerOptions options = new()
        {
            Linger = TimeSpan.FromSeconds(60), BatchSizeBytes = 60 << 20, MaxRequestSizeBytes = 63 << 20, BufferMemoryBytes = 256 << 20,
            DeliveryTimeout = TimeSpan.FromMinutes(2),
        };
        await using KafkaProducer<T, T> producer = client.CreateProducer(options, serializer, serializer);
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
