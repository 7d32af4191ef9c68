using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Benchmarks.Producing;

/// <summary>
/// The producer without a network: 100-byte records, per record. One thread; four threads, each on partitions of its own; four threads on one partition.
/// Batches are thrown away as soon as they are sent, so this is the way from the caller into the batch, its checksum, and its way back into the pool.
/// </summary>
public class AppendBenchmarks
{
    private const int Records = 1_000_000;
    private const int Threads = 4;
    private const int Partitions = 12;
    private const string Topic = "bench";

    private readonly byte[] _value = new byte[92];
    private KafkaClient _client = null!;
    private KafkaProducer<byte[], byte[]> _producer = null!;
    private TopicSender _sender = null!;
    private byte[][] _keys = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _client = new KafkaClient(new KafkaClientOptions { BootstrapServers = "throwaway:9092", Transport = new ThrowawayTransport(Partitions) });
        ProducerOptions options = new() { Linger = TimeSpan.FromMilliseconds(5), BatchSizeBytes = 1_000_000, MaxRequestSizeBytes = 4 * 1024 * 1024 };
        _producer = _client.CreateProducer<byte[], byte[]>(options);
        _sender = _producer.ForTopic(Topic);
        _keys = Keys();
    }

    [GlobalCleanup]
    public async Task CleanUp()
    {
        await _producer.DisposeAsync();
        await _client.DisposeAsync();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Records)]
    public void OneThread() => Send(0, Records, partition: -1);

    [Benchmark(OperationsPerInvoke = Records)]
    public void OneThreadUnbound()
    {
        byte[] key = new byte[8];
        for (int i = 0; i < Records; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(key, i);
            ValueTask sent = _producer.EnqueueAsync(Topic, key, _value);
            if (!sent.IsCompletedSuccessfully)
            {
                sent.AsTask().GetAwaiter().GetResult();
            }
        }
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public void OneThreadOnePartition() => Send(0, Records, partition: 0);

    [Benchmark(OperationsPerInvoke = Records)]
    public void FourThreadsOnTheirOwnPartitions() => OnThreads(thread => Send(thread, Records / Threads, partition: thread));

    [Benchmark(OperationsPerInvoke = Records)]
    public void FourThreadsOnAllPartitions() => OnThreads(thread => Send(thread, Records / Threads, partition: -1));

    [Benchmark(OperationsPerInvoke = Records)]
    public void FourThreadsOnOnePartition() => OnThreads(thread => Send(thread, Records / Threads, partition: 0));

    private static void OnThreads(Action<int> work)
    {
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(i => new Thread(() => work(i)))];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }
    }

    // A key of each partition, by the partitioner that every Kafka client shares.
    private static byte[][] Keys()
    {
        byte[][] keys = new byte[Partitions][];
        byte[] key = new byte[8];
        for (long i = 0; keys.Any(static found => found is null); i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(key, i);
            keys[Murmur2.PartitionOf(key, Partitions)] ??= [.. key];
        }

        return keys;
    }

    /// <param name="partition">-1 for all, by varying keys.</param>
    private void Send(int thread, int records, int partition)
    {
        Span<byte> key = stackalloc byte[8];
        if (partition >= 0)
        {
            _keys[partition].CopyTo(key);
        }

        for (int i = 0; i < records; i++)
        {
            if (partition < 0)
            {
                BinaryPrimitives.WriteInt64BigEndian(key, ((long)thread << 40) + i);
            }

            while (!_sender.TrySend(key, _value))
            {
                _sender.WaitToSendAsync(key.Length + _value.Length).AsTask().GetAwaiter().GetResult();
            }
        }
    }
}
