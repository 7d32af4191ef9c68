using System.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Consuming;

/// <summary>A whole consumer against scripted brokers: rules of fetching by their number in the rules of the protocol.</summary>
public sealed class ConsumerRulesTests
{
    private const string Topic = "orders";

    public static TheoryData<ulong> Seeds => Simulation.Seeds;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void F6_A_seek_right_after_assigning_is_not_undone_by_the_look_up_of_the_place(ulong seed) => Run(seed, 1, async world =>
    {
        world.Logs[0] = Batch(0, 100);
        await world.Client.Cluster.Metadata.GetTopicAsync(Topic, TimeSpan.FromSeconds(10), default);
        world.Consumer.Assign(new TopicPartitionOffset(Topic, 0, TopicPartitionOffset.Beginning));
        world.Consumer.Seek(new TopicPartition(Topic, 0), 42);
        Assert.Equal(42, (await world.NextAsync()).Offset);
        Assert.Equal(43, world.Consumer.Position(new TopicPartition(Topic, 0)));
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void F14_Damage_is_an_error_of_its_partition_and_the_others_go_on(ulong seed) => Run(seed, 2, async world =>
    {
        byte[] damaged = Batch(10, 10);
        damaged[^1] ^= 1;
        world.Logs[0] = [.. Batch(0, 10), .. damaged, .. Batch(20, 10)];
        world.Logs[1] = Batch(0, 30);
        world.Consumer.Assign(new TopicPartitionOffset(Topic, 0, 0), new TopicPartitionOffset(Topic, 1, 0));
        int[] delivered = new int[2];
        KafkaProtocolException? error = null;
        while (delivered[0] < 10 || delivered[1] < 30 || error is null)
        {
            try
            {
                delivered[(await world.NextAsync()).Partition]++;
            }
            catch (KafkaProtocolException e)
            {
                Assert.Null(error);
                error = e;
            }
        }

        Assert.Contains("orders-0 cannot be read at offset 10", error.Message, StringComparison.Ordinal);
        Assert.Equal(10, world.Consumer.Position(new TopicPartition(Topic, 0)));
        world.Consumer.Seek(new TopicPartition(Topic, 0), 20);
        Assert.Equal(20, (await world.NextAsync()).Offset);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_paused_partition_that_holds_all_the_room_does_not_stop_the_others(ulong seed) => Run(seed, 2, async world =>
    {
        world.Logs[0] = Batch(0, 100);
        world.Consumer.Assign(new TopicPartitionOffset(Topic, 0, 0), new TopicPartitionOffset(Topic, 1, 0));
        Assert.Equal(0, (await world.NextAsync()).Partition);
        world.Consumer.Pause(new TopicPartition(Topic, 0));
        Assert.False(world.Consumer.TryRead(out _));
        world.Logs[1] = Batch(0, 5);
        Assert.Equal(1, (await world.NextAsync()).Partition);
        world.Consumer.Resume(new TopicPartition(Topic, 0));
        while ((await world.NextAsync()) is { Partition: 1 })
        {
        }

        Assert.Equal(2, world.Consumer.Position(new TopicPartition(Topic, 0)));
    });

    [Fact]
    public void A_partition_that_does_not_exist_is_an_error_that_says_which_exist() => Run(1, 2, async world =>
    {
        world.Consumer.Assign(new TopicPartitionOffset(Topic, 7, 0));
        KafkaException error = await Assert.ThrowsAsync<KafkaException>(() => world.NextAsync());
        Assert.Contains("orders-7 does not exist", error.Message, StringComparison.Ordinal);
        Assert.Contains("0 to 1", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_topic_that_does_not_exist_is_an_error_again_after_a_seek() => Run(1, 1, async world =>
    {
        world.Consumer.Assign(new TopicPartitionOffset("odrers", 0, 0));
        for (int i = 0; i < 2; i++)
        {
            KafkaException error = await Assert.ThrowsAsync<KafkaBrokerException>(() => world.NextAsync());
            Assert.Contains("odrers", error.Message, StringComparison.Ordinal);
            world.Consumer.Seek(new TopicPartition("odrers", 0), 0);
        }
    });

    private static byte[] Batch(long baseOffset, int count)
    {
        using PooledBuffer buffer = new(new BufferPool());
        RecordBatchWriter writer = new(buffer);
        writer.Begin();
        for (int i = 0; i < count; i++)
        {
            writer.Append(1, default, Encoding.UTF8.GetBytes($"{baseOffset + i} {new string('x', 30)}"));
        }

        SealedRecordBatch batch = writer.Seal();
        batch.Stamp(new RecordBatchHeader { BaseOffset = baseOffset, PartitionLeaderEpoch = 3 });
        return batch.Bytes.ToArray();
    }

    private static void Run(ulong seed, int partitions, Func<World, Task> test)
    {
        Simulation simulation = new(seed);
        ScriptedCluster cluster = new(simulation, 1);
        cluster.AddTopic(Topic, partitions);
        simulation.Run(async () =>
        {
            World world = new(simulation, cluster, partitions);
            await test(world);
            await world.Consumer.DisposeAsync();
            await world.Client.DisposeAsync();
            Assert.Equal(0, world.Consumer.Session.BufferedBytes);
            Assert.Equal(0, world.Client.Runtime.Buffers.OutstandingBuffers);
        });
    }

    /// <summary>A broker whose logs are bytes, and a consumer with room for little.</summary>
    private sealed class World
    {
        private readonly Simulation _simulation;

        public World(Simulation simulation, ScriptedCluster cluster, int partitions)
        {
            _simulation = simulation;
            Logs = [.. Enumerable.Repeat(Array.Empty<byte>(), partitions)];
            cluster.Before = Answer;
            Client = simulation.CreateClient(simulation.Options("b1:9092"));
            Consumer = Client.CreateConsumer<string, string>(new ConsumerOptions { PrefetchBytes = 2048 });
        }

        public byte[][] Logs { get; }

        public KafkaClient Client { get; }

        public KafkaConsumer<string, string> Consumer { get; }

        public async Task<ConsumedRecord<string, string>> NextAsync()
        {
            while (await Consumer.WaitToReadAsync())
            {
                if (Consumer.TryRead(out ConsumedRecord<string, string> record))
                {
                    return record;
                }
            }

            throw new InvalidOperationException("The consumer was closed.");
        }

        private bool Answer(ScriptedConnection connection, ScriptedRequest request)
        {
            if (request.ApiKey == ApiKey.ListOffsets)
            {
                ListOffsetsResponse found = new();
                foreach (ListOffsetsRequest.ListOffsetsTopic topic in request.Message<ListOffsetsRequest>().Topics)
                {
                    found.Topics.Add(new ListOffsetsResponse.ListOffsetsTopicResponse { Name = topic.Name });
                    found.Topics[^1].Partitions.AddRange(topic.Partitions.Select(p =>
                        new ListOffsetsResponse.ListOffsetsPartitionResponse { PartitionIndex = p.PartitionIndex, Offset = 0 }));
                }

                connection.Answer(request, found);
                return true;
            }

            if (request.ApiKey != ApiKey.Fetch)
            {
                return false;
            }

            FetchRequest asked = request.Message<FetchRequest>();
            FetchResponse answer = new();
            bool any = false;
            foreach (FetchRequest.FetchTopic topic in asked.Topics)
            {
                FetchResponse.FetchableTopicResponse told = new() { Topic = topic.Topic, TopicId = topic.TopicId };
                told.Partitions.AddRange(topic.Partitions.Select(p => new FetchResponse.PartitionData
                {
                    PartitionIndex = p.Partition, Records = From(Logs[p.Partition], p.FetchOffset),
                }));
                any |= told.Partitions.Exists(static p => p.Records!.Length > 0);
                answer.Responses.Add(told);
            }

            _ = AnswerLaterAsync(connection, request, answer, any ? TimeSpan.Zero : TimeSpan.FromMilliseconds(asked.MaxWaitMs));
            return true;
        }

        private async Task AnswerLaterAsync(ScriptedConnection connection, ScriptedRequest request, FetchResponse answer, TimeSpan time)
        {
            if (time > TimeSpan.Zero)
            {
                await _simulation.Delay(time);
            }

            if (!connection.IsClosed)
            {
                connection.Answer(request, answer);
            }
        }

        private static byte[] From(byte[] log, long offset)
        {
            RecordBatchReader reader = new(log);
            while (reader.TryRead(out RecordBatchView batch))
            {
                if (batch.Header.LastOffset >= offset)
                {
                    return log[batch.Position..];
                }
            }

            return [];
        }
    }
}
