using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Face;

/// <summary>Where records go, through the whole producer: what stands in the logs of an embedded cluster.</summary>
public sealed class PartitioningTests
{
    private const string Topic = FaceWorld.Topic;

    [Fact]
    public void P17_keys_go_where_the_Java_client_puts_them()
    {
        // Answers of Apache Kafka's own classes: for each key, the partition of every count from 1 to 100.
        (byte[] Key, int[] Partitions)[] answers = [.. ReadAnswers()];
        Assert.Equal(200, answers.Length);
        foreach (int count in (int[])[1, 3, 12, 100])
        {
            FaceWorld world = new(brokers: 3, partitions: count);
            world.Run<byte[], int>(new ProducerOptions(), async producer =>
            {
                TopicSender sender = producer.ForTopic(Topic);
                for (int i = 0; i < answers.Length; i++)
                {
                    await producer.EnqueueAsync(Topic, answers[i].Key, i);
                    Assert.True(sender.TrySend(answers[i].Key, "raw"u8));
                }

                await producer.FlushAsync();
                for (int partition = 0; partition < count; partition++)
                {
                    string[] expected = [.. answers.Where(a => a.Partitions[count - 1] == partition).SelectMany(static a => new[] { Hex(a.Key), Hex(a.Key) })];
                    Assert.Equal(expected, world.Records(partition).Select(static r => Hex(r.Key!)));
                }
            });
        }
    }

    [Fact]
    public void P17_an_empty_key_is_hashed_and_no_key_is_not()
    {
        FaceWorld world = new(partitions: 7);
        world.Run<string?, string>(Small(), async producer =>
        {
            for (int i = 0; i < 5000; i++)
            {
                await producer.EnqueueAsync(Topic, "", "empty");
                await producer.EnqueueAsync(Topic, null, "none");
            }

            await producer.FlushAsync();
            List<LoggedRecord>[] logs = [.. Enumerable.Range(0, 7).Select(world.Records)];
            Assert.Single(logs, static log => log.Any(static r => r.Key is { Length: 0 }));
            Assert.All(logs, static log => Assert.Contains(log, static r => r.Key is null));
        });
    }

    [Fact]
    public void Records_without_a_key_stick_for_a_batch_and_spread_over_all_partitions()
    {
        FaceWorld world = new(brokers: 3, partitions: 6);
        world.Run<string?, string>(Small(), async producer =>
        {
            List<int> went = [];
            for (int i = 0; i < 3000; i++)
            {
                went.Add((await producer.SendAsync(Topic, null, new string('x', 100))).Partition);
            }

            // One at a time: a batch has one record, and still the partition changes only when a batch's worth of bytes went to it (KIP-794).
            int changes = went.Zip(went.Skip(1), static (a, b) => a == b ? 0 : 1).Sum();
            int perStay = 1024 / (100 + 70);
            Assert.InRange(changes, 1, went.Count / perStay);
            int[] counts = [.. Enumerable.Range(0, 6).Select(p => went.Count(w => w == p))];
            Assert.All(counts, count => Assert.InRange(count, 350, 650));
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_slow_broker_gets_fewer_records_when_partitioning_is_adaptive(bool isAdaptive)
    {
        FaceWorld world = new(brokers: 3, partitions: 3);
        ProducerOptions options = Small();
        options.EnableAdaptivePartitioning = isAdaptive;
        world.Run<string?, string>(options, async producer =>
        {
            await producer.SendAsync(Topic, null, "begin");
            foreach ((int broker, int milliseconds) in (ReadOnlySpan<(int, int)>)[(1, 2), (2, 40), (3, 2)])
            {
                world.Cluster.Faults.Delay(new RequestMatch { ApiKey = ApiKey.Produce, Broker = broker }, TimeSpan.FromMilliseconds(milliseconds));
            }

            TimeSpan began = world.Environment.Now;
            for (int i = 0; i < 20_000; i++)
            {
                await producer.EnqueueAsync(Topic, null, new string('x', 100));
            }

            await producer.FlushAsync();
            int[] counts = [.. Enumerable.Range(0, 3).Select(p => world.Records(p).Count)];
            Assert.Equal(20_001, counts.Sum());
            int slow = Enumerable.Range(0, 3).Single(p => world.LeaderOf(p) == 2);
            int least = counts.Where((_, p) => p != slow).Min();
            TimeSpan took = world.Environment.Now - began;
            if (isAdaptive)
            {
                Assert.True(counts[slow] < least / 3, string.Join(' ', counts) + $" in {took}");
            }
            else
            {
                Assert.InRange(counts[slow], least * 0.7, least * 1.5);
            }
        });
    }

    [Fact]
    public void A_broker_that_takes_nothing_for_longer_than_the_timeout_gets_no_more_records_without_a_key()
    {
        FaceWorld world = new(brokers: 3, partitions: 3);
        ProducerOptions options = Small();
        options.PartitionAvailabilityTimeout = TimeSpan.FromSeconds(1);
        world.Run<string?, string>(options, async producer =>
        {
            await producer.SendAsync(Topic, null, "begin");
            HeldRequests held = world.Cluster.Faults.Hold(new RequestMatch { ApiKey = ApiKey.Produce, Broker = 2 });
            int gone = Enumerable.Range(0, 3).Single(p => world.LeaderOf(p) == 2);

            // Its slots fill up, a batch is ready that none takes, and the timeout passes.
            for (int i = 0; i < 20; i++)
            {
                await producer.EnqueueAsync(new ProduceRecord<string?, string>(Topic, null, new string('x', 600)) { Partition = gone });
                await world.Environment.Wait(TimeSpan.FromMilliseconds(1));
            }

            await world.Environment.Wait(TimeSpan.FromSeconds(2));
            Assert.False(producer.Engine.Availability.IsAvailable(2, world.Environment.Now));
            for (int i = 0; i < 3; i++)
            {
                await producer.EnqueueAsync(Topic, null, new string('x', 900)); // off the partition that it may stick to now
            }

            List<Task<RecordMetadata>> sends = [];
            for (int i = 0; i < 500; i++)
            {
                sends.Add(producer.SendAsync(Topic, null, new string('x', 100)).AsTask());
                await sends[^1];
            }

            Assert.All(sends, send => Assert.NotEqual(gone, send.Result.Partition));
            world.Cluster.Faults.Clear();
            await held.ReleaseAllAsync();
            await producer.FlushAsync();
            bool isBack = false;
            for (int i = 0; i < 500; i++)
            {
                isBack |= (await producer.SendAsync(Topic, null, new string('x', 600))).Partition == gone;
            }

            Assert.True(isBack);
        });
    }

    [Fact]
    public void Round_robin_takes_each_topics_partitions_in_turn_whatever_the_key()
    {
        FaceWorld world = new(brokers: 3, partitions: 5);
        world.Run<string?, int>(new ProducerOptions { Partitioner = Partitioners.RoundRobin() }, async producer =>
        {
            await world.Cluster.CreateTopicAsync("other", 2);
            List<int> went = [];
            List<int> other = [];
            for (int i = 0; i < 25; i++)
            {
                went.Add((await producer.SendAsync(Topic, i % 2 == 0 ? "same" : null, i)).Partition);
                other.Add((await producer.SendAsync("other", "same", i)).Partition);
            }

            Assert.Equal(Enumerable.Range(0, 25).Select(static i => i % 5), went);
            Assert.Equal(Enumerable.Range(0, 25).Select(static i => i % 2), other);
        });
    }

    [Fact]
    public void Sticky_by_choice_ignores_keys()
    {
        FaceWorld world = new(partitions: 4);
        ProducerOptions options = Small();
        options.Partitioner = Partitioners.Sticky();
        world.Run<string, int>(options, async producer =>
        {
            for (int i = 0; i < 2000; i++)
            {
                await producer.EnqueueAsync(Topic, "same", i);
            }

            await producer.FlushAsync();
            Assert.All(Enumerable.Range(0, 4), p => Assert.NotEmpty(world.Records(p)));
        });
    }

    [Fact]
    public void A_partitioner_of_ones_own_sees_the_key_and_may_leave_the_choice()
    {
        FaceWorld world = new(partitions: 4);
        FirstByte partitioner = new();
        world.Run<byte[]?, int>(new ProducerOptions { Partitioner = partitioner }, async producer =>
        {
            Assert.Equal(3, (await producer.SendAsync(Topic, [3], 1)).Partition);
            Assert.Equal(0, (await producer.SendAsync(Topic, [0, 9], 1)).Partition);
            Assert.Equal(2, (await producer.SendAsync(new ProduceRecord<byte[]?, int>(Topic, [3], 1) { Partition = 2 })).Partition);
            Assert.InRange((await producer.SendAsync(Topic, null, 1)).Partition, 0, 3);
            await Assert.ThrowsAsync<InvalidOperationException>(() => producer.SendAsync(Topic, [], 1).AsTask());
            InvalidOperationException wrong = await Assert.ThrowsAsync<InvalidOperationException>(() => producer.SendAsync(Topic, [4], 1).AsTask());
            Assert.Equal(
                "The partitioner FirstByte chose partition 4 of topic t, which has the partitions 0 to 3. The record was not sent. A partitioner answers one "
                + "of those, or -1 to leave the choice to the client.",
                wrong.Message);
            Assert.Equal(3, (await producer.SendAsync(Topic, [3], 1)).Partition);
        });
        Assert.Equal([(Topic, 4)], partitioner.Seen.Distinct());
    }

    [Fact]
    public void A_partitioner_is_asked_once_for_a_record_though_it_waits_for_memory()
    {
        FaceWorld world = new(partitions: 4);
        ProducerOptions options = Small();
        CountingPartitioner partitioner = new();
        options.Partitioner = partitioner;
        world.Run<string, int>(options, async producer =>
        {
            for (int i = 0; i < 4000; i++)
            {
                await producer.EnqueueAsync(Topic, "k", i);
            }

            TopicSender sender = producer.ForTopic(Topic);
            byte[] value = new byte[100];
            for (int i = 0; i < 4000; i++)
            {
                await sender.EnqueueAsync("k"u8, value);
            }

            await producer.SendManyAsync(Enumerable.Range(0, 4000).Select(i => new ProduceRecord<string, int>(Topic, "k", i)).ToArray());
            await producer.FlushAsync();
            Assert.True(producer.Engine.Memory.Capacity < 12_000 * 10); // it was full again and again
            Assert.All(Enumerable.Range(0, 4), p => Assert.Equal(3000, world.Records(p).Count));
        });
        Assert.Equal(12_000, partitioner.Asked);
    }

    [Fact]
    public void The_published_hash_is_that_of_the_producer()
    {
        Assert.Equal(unchecked((int)((uint)-973932308 & 0x7fffffff)) % 8, Partitioners.PartitionOf("21"u8, 8));
        Assert.Throws<ArgumentOutOfRangeException>(static () => Partitioners.PartitionOf("21"u8, 0));
    }

    private static ProducerOptions Small() => new() { BatchSizeBytes = 1024, MaxRequestSizeBytes = 16 * 1024, BufferMemoryBytes = 64 * 1024 };

    private static string Hex(byte[] bytes) => Convert.ToHexString(bytes);

    private static IEnumerable<(byte[] Key, int[] Partitions)> ReadAnswers()
    {
        using GZipStream plain = new(File.OpenRead(Path.Combine(Vectors(), "answers", "murmur2.jsonl.gz")), CompressionMode.Decompress);
        using StreamReader lines = new(plain, Encoding.UTF8);
        while (lines.ReadLine() is { } line)
        {
            JsonElement answer = JsonDocument.Parse(line).RootElement;
            byte[] key = Convert.FromHexString(answer.GetProperty("key").GetString()!);
            yield return (key, [.. answer.GetProperty("partitions").EnumerateArray().Select(p => p.GetInt32())]);
        }
    }

    private static string Vectors()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (!Directory.Exists(Path.Combine(directory!.FullName, "tests", "vectors")))
        {
            directory = directory.Parent;
        }

        return Path.Combine(directory.FullName, "tests", "vectors");
    }

    /// <summary>The key's first byte is the partition; no key leaves the choice; an empty key is an error.</summary>
    private sealed class FirstByte : IPartitioner
    {
        public List<(string Topic, int Partitions)> Seen { get; } = [];

        public int ChoosePartition(string topic, ReadOnlySpan<byte> key, bool isKeyNull, int partitionCount)
        {
            Seen.Add((topic, partitionCount));
            return isKeyNull ? -1 : key.Length > 0 ? key[0] : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{topic}"));
        }
    }

    /// <summary>The partitions in turn.</summary>
    private sealed class CountingPartitioner : IPartitioner
    {
        public int Asked { get; private set; }

        public int ChoosePartition(string topic, ReadOnlySpan<byte> key, bool isKeyNull, int partitionCount) => Asked++ % partitionCount;
    }
}
