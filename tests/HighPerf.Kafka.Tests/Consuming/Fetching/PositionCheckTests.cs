using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Consuming;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Consuming.Fetching;

/// <summary>KIP-320: positions are compared with the leader's log when leaders change (F8, F9), and seeks win over it (S3).</summary>
public sealed class PositionCheckTests
{
    private static readonly TopicPartition Zero = new(FetchWorld.Topic, 0);

    public static TheoryData<ulong> Seeds => Simulation.Seeds;

    [Theory]
    [InlineData(ErrorCode.FencedLeaderEpoch)]
    [InlineData(ErrorCode.UnknownLeaderEpoch)]
    public void F8_A_disputed_epoch_holds_the_partition_until_its_leader_has_said_that_it_has_what_was_read(ErrorCode dispute) =>
        FetchWorld.Run(1, 1, 2, new ConsumerOptions(), async world =>
        {
            world.Logs[0] = FetchWorld.Batch(0, 10);
            world.Logs[1] = FetchWorld.Batch(0, 4);
            List<Action> held = [];
            world.Before = (connection, request) => Hold(world, held, connection, request);
            bool isDisputed = false;
            world.OnPartition = (_, asked) => isDisputed && asked.Partition == 0 && asked.CurrentLeaderEpoch == 3
                ? new FetchResponse.PartitionData { PartitionIndex = 0, ErrorCode = (short)dispute, Records = [] }
                : null;
            world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 0));
            await world.ExpectAsync(0, 3); // seven are fetched ahead
            isDisputed = true;
            world.Elect(0, leader: 1, epoch: 5);
            await world.Simulation.Delay(TimeSpan.FromSeconds(1));
            Assert.Single(held);
            await world.ExpectNothingAsync(TimeSpan.FromSeconds(3));
            held.Single()();
            await world.ExpectAsync(3, 10);
            Assert.Equal((5, 3), (world.Checks.Single().CurrentLeaderEpoch, world.Checks.Single().LeaderEpoch));
        });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void F8_Nothing_is_delivered_during_the_check_and_nothing_is_lost_or_doubled_after_it(ulong seed) =>
        FetchWorld.Run(seed, 2, 1, new ConsumerOptions(), async world =>
        {
            world.Logs[0] = [.. FetchWorld.Batch(0, 10), .. FetchWorld.Batch(10, 10)];
            List<Action> held = [];
            world.Before = (connection, request) => Hold(world, held, connection, request);
            world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 0));
            await world.ExpectAsync(0, 3);
            world.Elect(0, leader: 2, epoch: 4);
            world.Client.Cluster.Metadata.RequestRefresh(FetchWorld.Topic);
            await world.ExpectNothingAsync(TimeSpan.FromSeconds(2));
            held.Single()();
            await world.ExpectAsync(3, 20);
            Assert.Equal((4, 3), (world.Checks[^1].CurrentLeaderEpoch, world.Checks[^1].LeaderEpoch));
            world.Append(0, FetchWorld.Batch(20, 5, epoch: 4));
            await world.ExpectAsync(20, 25);
            Assert.Single(world.Checks);
        });

    [Theory]
    [InlineData(1UL, 12, 12)] // the leader lacks what was delivered: on from where both are the same
    [InlineData(2UL, 17, 15)] // it lacks only what was fetched ahead
    [InlineData(3UL, 0, 0)]
    public void F8_A_truncated_log_is_read_on_from_where_it_is_the_same(ulong seed, long end, long next) =>
        FetchWorld.Run(seed, 2, 1, new ConsumerOptions(), async world =>
        {
            world.Logs[0] = [.. FetchWorld.Batch(0, 10), .. FetchWorld.Batch(10, 10)];
            world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 0));
            await world.ExpectAsync(0, 15);
            await world.Simulation.Delay(TimeSpan.FromMilliseconds(50)); // the next fetch is parked at the former leader
            world.Logs[0] = FetchWorld.Batch(0, 30, epoch: 4);
            world.OnCheck = _ => new OffsetForLeaderEpochResponse.EpochEndOffset { LeaderEpoch = 3, EndOffset = end };
            world.Elect(0, leader: 2, epoch: 4);
            world.Client.Cluster.Metadata.RequestRefresh(FetchWorld.Topic);
            await world.Simulation.Delay(TimeSpan.FromSeconds(2));
            await world.ExpectAsync(next, 30);
            Assert.Equal(30, world.Consumer.Position(Zero));
        });

    [Theory]
    [InlineData(3, 12L, "up to offset 12 (leader epoch 3)")]
    [InlineData(-1, -1L, "does not know that epoch")]
    public void F8_A_truncated_log_is_an_error_when_there_is_no_reset_policy(int endEpoch, long end, string where) =>
        FetchWorld.Run(1, 2, 1, new ConsumerOptions { AutoOffsetReset = AutoOffsetReset.Error }, async world =>
        {
            world.Logs[0] = [.. FetchWorld.Batch(0, 10), .. FetchWorld.Batch(10, 10)];
            world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 0));
            await world.ExpectAsync(0, 15);
            world.OnCheck = _ => new OffsetForLeaderEpochResponse.EpochEndOffset { LeaderEpoch = endEpoch, EndOffset = end };
            world.Elect(0, leader: 2, epoch: 4);
            world.Client.Cluster.Metadata.RequestRefresh(FetchWorld.Topic);
            await world.Simulation.Delay(TimeSpan.FromSeconds(2));
            KafkaException error = await Assert.ThrowsAsync<KafkaException>(world.NextAsync);
            Assert.Contains("orders-0 was truncated: the position is 15", error.Message, StringComparison.Ordinal);
            Assert.Contains(where, error.Message, StringComparison.Ordinal);
            world.Consumer.Seek(Zero, 12);
            await world.ExpectAsync(12, 20);
        });

    [Fact]
    public void F8_An_epoch_that_the_leader_does_not_know_follows_the_reset_policy() => FetchWorld.Run(1, 2, 1, new ConsumerOptions(), async world =>
    {
        world.Logs[0] = FetchWorld.Batch(0, 20);
        world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 5));
        await world.ExpectAsync(5, 15);
        world.OnCheck = static _ => new OffsetForLeaderEpochResponse.EpochEndOffset { LeaderEpoch = -1, EndOffset = -1 };
        world.Elect(0, leader: 2, epoch: 4);
        world.Client.Cluster.Metadata.RequestRefresh(FetchWorld.Topic);
        await world.Simulation.Delay(TimeSpan.FromSeconds(2));
        await world.ExpectAsync(0, 20);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void F8_Errors_of_transport_are_asked_again_and_reset_nothing(ulong seed) =>
        FetchWorld.Run(seed, 2, 1, new ConsumerOptions { AutoOffsetReset = AutoOffsetReset.Error, RequestTimeout = TimeSpan.FromSeconds(2) }, async world =>
        {
            world.Logs[0] = FetchWorld.Batch(0, 20);
            int asked = 0;
            world.Before = (connection, request) =>
            {
                if (request.ApiKey != ApiKey.OffsetForLeaderEpoch || ++asked > 6)
                {
                    return false;
                }

                if (asked % 3 == 0)
                {
                    connection.Close();
                }
                else if (asked % 3 == 1)
                {
                    OffsetForLeaderEpochResponse refused = world.Check(request.Message<OffsetForLeaderEpochRequest>());
                    refused.Topics[0].Partitions[0].ErrorCode = (short)ErrorCode.NotLeaderOrFollower;
                    refused.Topics[0].Partitions[0].EndOffset = -1;
                    refused.Topics[0].Partitions[0].LeaderEpoch = -1;
                    connection.Answer(request, refused);
                }

                return true; // or no answer at all
            };
            world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 0));
            await world.ExpectAsync(0, 5);
            world.Elect(0, leader: 2, epoch: 4);
            world.Client.Cluster.Metadata.RequestRefresh(FetchWorld.Topic);
            await world.Simulation.Delay(TimeSpan.FromMilliseconds(200));
            await world.ExpectAsync(5, 20);
            Assert.Equal(7, asked);
        });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void S3_A_seek_during_the_check_wins(ulong seed) => FetchWorld.Run(seed, 1, 1, new ConsumerOptions(), async world =>
    {
        world.Logs[0] = FetchWorld.Batch(0, 20);
        bool isDisputed = false;
        int asked = 0;
        List<Action> held = [];
        world.OnPartition = (_, partition) => isDisputed && partition.CurrentLeaderEpoch == 3
            ? new FetchResponse.PartitionData { ErrorCode = (short)ErrorCode.FencedLeaderEpoch, Records = [] }
            : null;
        world.Before = (connection, request) =>
        {
            if (request.ApiKey == ApiKey.OffsetForLeaderEpoch && asked++ == 0)
            {
                OffsetForLeaderEpochResponse refused = world.Check(request.Message<OffsetForLeaderEpochRequest>());
                refused.Topics[0].Partitions[0].ErrorCode = (short)ErrorCode.LeaderNotAvailable;
                connection.Answer(request, refused);
                return true;
            }

            return Hold(world, held, connection, request);
        };
        world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 10));
        await world.ExpectAsync(10, 12);
        isDisputed = true;
        world.OnCheck = static _ => new OffsetForLeaderEpochResponse.EpochEndOffset { LeaderEpoch = 3, EndOffset = 4 };
        world.Elect(0, leader: 1, epoch: 5);
        await world.Simulation.Delay(TimeSpan.FromSeconds(8));
        world.Consumer.Seek(Zero, 1);
        held.Single()();
        await world.ExpectAsync(1, 20);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void S3_Two_loads_in_both_orders_leave_both_positions_exact_and_each_first_fetch_is_sent_once(bool offsetsFirst) =>
        FetchWorld.Run(1, 2, 3, new ConsumerOptions { GroupId = "readers" }, async world =>
        {
            world.Logs[1] = FetchWorld.Batch(0, 20);
            world.Logs[2] = FetchWorld.Batch(0, 20);
            List<Action> heldChecks = [];
            List<Action> heldOffsets = [];
            world.Before = (connection, request) =>
            {
                if (request.ApiKey != ApiKey.OffsetFetch)
                {
                    return Hold(world, heldChecks, connection, request);
                }

                OffsetFetchResponse stored = Stored(request.Message<OffsetFetchRequest>(), static p => (p == 1 ? 7 : 9, p == 1 ? 2 : 3, ErrorCode.None));
                if (stored.Groups[0].Topics[0].Partitions[0].PartitionIndex == 1)
                {
                    connection.Answer(request, stored);
                }
                else
                {
                    heldOffsets.Add(() => world.On(connection, () => connection.Answer(request, stored)));
                }

                return true;
            };
            world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 1, TopicPartitionOffset.Stored));
            await world.Simulation.Delay(TimeSpan.FromSeconds(1));
            Assert.Single(heldChecks); // committed in epoch 2, led in epoch 3
            ConsumerSession session = world.Consumer.Session;
            PartitionCursor second = new(FetchWorld.Topic, "orders"u8.ToArray(), 2, TopicPartitionOffset.Stored);
            LoopCall.Post(session.Loop, () => session.AddPartitions([second]));
            await world.Simulation.Delay(TimeSpan.FromSeconds(1));
            Assert.Empty(world.Fetches);
            foreach (Action release in offsetsFirst ? [.. heldOffsets, .. heldChecks] : heldChecks.Concat(heldOffsets))
            {
                release();
                await world.Simulation.Delay(TimeSpan.FromMilliseconds(20));
            }

            SortedDictionary<int, long> next = new() { [1] = 7, [2] = 9 };
            for (int i = 0; i < 13 + 11; i++)
            {
                ConsumedRecord<string, string> record = await world.NextAsync();
                Assert.Equal(next[record.Partition]++, record.Offset);
            }

            FetchRequest.FetchPartition[] asked = [.. world.Fetches.SelectMany(static f => f.Topics).SelectMany(static t => t.Partitions)];
            Assert.Single(asked, static p => p is { Partition: 1, FetchOffset: 7 });
            Assert.Single(asked, static p => p is { Partition: 2, FetchOffset: 9 });
            Assert.DoesNotContain(asked, static p => p.FetchOffset < 7);
        });

    [Fact]
    public void F8_An_answer_that_names_where_the_logs_part_is_taken_for_it() => FetchWorld.Run(1, 1, 1, new ConsumerOptions(), async world =>
    {
        world.Logs[0] = FetchWorld.Batch(0, 20);
        world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 0));
        await world.ExpectAsync(0, 20);
        await world.Simulation.Delay(TimeSpan.FromSeconds(1));
        Assert.Equal(3, world.Fetches.Last(static f => f.Topics.Count > 0).Topics[0].Partitions[0].LastFetchedEpoch);
        world.OnPartition = static (_, asked) => asked.FetchOffset == 20
            ? new FetchResponse.PartitionData { DivergingEpoch = new FetchResponse.EpochEndOffset { Epoch = 2, EndOffset = 14 }, Records = [] }
            : null;
        world.Logs[0] = [.. FetchWorld.Batch(0, 14, epoch: 2), .. FetchWorld.Batch(14, 10, epoch: 4)];
        await world.Simulation.Delay(TimeSpan.FromSeconds(5));
        await world.ExpectAsync(14, 24);
    });

    [Fact]
    public void F8_Brokers_that_cannot_be_asked_are_believed() => FetchWorld.Run(1, 1, 1, new ConsumerOptions(), async world =>
    {
        world.Cluster.Brokers[0].OnApiVersions = static (connection, request) =>
        {
            ApiVersionsResponse versions = ScriptedBroker.AllVersions();
            versions.ApiKeys.RemoveAll(static api => api.ApiKey == (short)ApiKey.OffsetForLeaderEpoch);
            connection.Answer(request, versions);
        };
        world.Logs[0] = FetchWorld.Batch(0, 20);
        world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 0));
        await world.ExpectAsync(0, 5);
        world.Elect(0, leader: 1, epoch: 4);
        world.Client.Cluster.Metadata.RequestRefresh(FetchWorld.Topic);
        await world.Simulation.Delay(TimeSpan.FromSeconds(2));
        await world.ExpectAsync(5, 20);
    });

    [Fact]
    public void F9_Metadata_of_an_older_epoch_moves_nothing() => FetchWorld.Run(1, 2, 1, new ConsumerOptions(), async world =>
    {
        world.Logs[0] = FetchWorld.Batch(0, 20);
        world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 0));
        await world.ExpectAsync(0, 20);
        world.Elect(0, leader: 2, epoch: 2);
        world.Client.Cluster.Metadata.RequestRefresh(FetchWorld.Topic);
        await world.Simulation.Delay(TimeSpan.FromSeconds(2));
        world.Append(0, FetchWorld.Batch(20, 2));
        await world.ExpectAsync(20, 22);
        Assert.Empty(world.Checks);
        Assert.DoesNotContain(world.Cluster.Brokers[1].Requests, static request => request.ApiKey == ApiKey.Fetch);
    });

    internal static OffsetFetchResponse Stored(OffsetFetchRequest asked, Func<int, (long Offset, int Epoch, ErrorCode Error)> told)
    {
        OffsetFetchResponse.OffsetFetchResponseGroup group = new() { GroupId = asked.Groups[0].GroupId };
        foreach (OffsetFetchRequest.OffsetFetchRequestTopics topic in asked.Groups[0].Topics!)
        {
            group.Topics.Add(new OffsetFetchResponse.OffsetFetchResponseTopics { Name = topic.Name, TopicId = topic.TopicId });
            foreach (int partition in topic.PartitionIndexes)
            {
                (long offset, int epoch, ErrorCode error) = told(partition);
                group.Topics[^1].Partitions.Add(new OffsetFetchResponse.OffsetFetchResponsePartitions
                {
                    PartitionIndex = partition, CommittedOffset = offset, CommittedLeaderEpoch = epoch, ErrorCode = (short)error,
                });
            }
        }

        return new OffsetFetchResponse { Groups = { group } };
    }

    private static bool Hold(FetchWorld world, List<Action> held, ScriptedConnection connection, ScriptedRequest request)
    {
        if (request.ApiKey != ApiKey.OffsetForLeaderEpoch)
        {
            return false;
        }

        held.Add(() => world.On(connection, () => connection.Answer(request, world.Check(request.Message<OffsetForLeaderEpochRequest>()))));
        return true;
    }
}
