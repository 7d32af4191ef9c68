using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Consuming.Fetching;

/// <summary>The other rules of fetching, and of offsets that are looked up, with a whole consumer.</summary>
public sealed class FetchRulesTests
{
    private static readonly TopicPartition Zero = new(FetchWorld.Topic, 0);

    public static TheoryData<ulong> Seeds => Simulation.Seeds;

    [Fact]
    public void F1_F2_F4_Gaps_cut_batches_and_positions_inside_a_batch() => FetchWorld.Run(1, 1, 1, new ConsumerOptions(), async world =>
    {
        byte[] log = [.. FetchWorld.Batch(0, 10), .. FetchWorld.Batch(15, 5), .. FetchWorld.Batch(20, 10)];
        int cut = log.Length - 20;
        world.OnPartition = (_, asked) => asked.FetchOffset < 20 ? new FetchResponse.PartitionData { Records = log[..cut] } : null;
        world.Logs[0] = log;
        world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 7));
        await world.ExpectAsync(7, 10);
        TimeSpan now = world.Simulation.Now;
        await world.ExpectAsync(15, 30);
        Assert.InRange(world.Simulation.Now - now, TimeSpan.Zero, TimeSpan.FromMilliseconds(50)); // no back-off for the cut one
        Assert.Equal(30, world.Consumer.Position(Zero));
        Assert.DoesNotContain(world.Fetches.SelectMany(static f => f.Topics).SelectMany(static t => t.Partitions), static p => p.FetchOffset is 10 or 15);
    });

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted, 1)]
    [InlineData(IsolationLevel.ReadUncommitted, 0)]
    public void F5_The_end_is_the_last_stable_offset_for_who_reads_committed_records(IsolationLevel isolation, sbyte asked) =>
        FetchWorld.Run(1, 1, 1, new ConsumerOptions { IsolationLevel = isolation }, async world =>
        {
            List<sbyte> levels = [];
            world.Before = (connection, request) =>
            {
                if (request.ApiKey != ApiKey.ListOffsets)
                {
                    return false;
                }

                ListOffsetsRequest question = request.Message<ListOffsetsRequest>();
                levels.Add(question.IsolationLevel);
                ListOffsetsResponse answer = new();
                answer.Topics.Add(new ListOffsetsResponse.ListOffsetsTopicResponse { Name = FetchWorld.Topic });
                answer.Topics[0].Partitions.Add(new ListOffsetsResponse.ListOffsetsPartitionResponse { Offset = question.IsolationLevel == 1 ? 12 : 20 });
                connection.Answer(request, answer);
                return true;
            };
            Assert.Equal(isolation == IsolationLevel.ReadCommitted ? 12 : 20, (await world.Consumer.EndOffsetsAsync([Zero]))[0].Offset);
            world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 0));
            await world.Simulation.Delay(TimeSpan.FromSeconds(1));
            Assert.Equal([asked], levels);
            Assert.All(world.Fetches, fetch => Assert.Equal(asked, fetch.IsolationLevel));
        });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void F10_Out_of_range_at_a_replica_goes_back_to_the_leader_and_resets_nothing(ulong seed) =>
        FetchWorld.Run(seed, 2, 1, new ConsumerOptions { ClientRack = "east", AutoOffsetReset = AutoOffsetReset.Error }, async world =>
        {
            world.Logs[0] = FetchWorld.Batch(0, 20);
            bool isReplicaNear = true;
            world.OnPartition = (broker, asked) =>
                broker == 1 && isReplicaNear ? new FetchResponse.PartitionData { PreferredReadReplica = 2, Records = [] }
                : broker == 2 && asked.FetchOffset >= 20 ? new FetchResponse.PartitionData { ErrorCode = (short)ErrorCode.OffsetOutOfRange, Records = [] }
                : null;
            world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 0));
            await world.ExpectAsync(0, 10);
            Assert.Equal("east", world.Fetches[0].RackId);
            Assert.Contains(world.Cluster.Brokers[1].Requests, static request => request.ApiKey == ApiKey.Fetch);
            isReplicaNear = false;
            world.Append(0, FetchWorld.Batch(20, 10));
            await world.ExpectAsync(10, 30);
        });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void F10_Out_of_range_at_the_leader_counts_only_while_the_position_is_still_there(ulong seed) =>
        FetchWorld.Run(seed, 1, 1, new ConsumerOptions(), async world =>
        {
            world.Logs[0] = FetchWorld.Batch(0, 20);
            world.OnPartition = static (_, asked) => asked.FetchOffset > 20
                ? new FetchResponse.PartitionData { ErrorCode = (short)ErrorCode.OffsetOutOfRange, Records = [] }
                : null;
            world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 500));
            world.Consumer.Seek(Zero, 12);
            await world.ExpectAsync(12, 20);
            world.Consumer.Seek(Zero, 500);
            await world.ExpectAsync(0, 20);
        });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void F11_A_topic_that_was_created_again_is_read_from_where_the_policy_says(ulong seed) =>
        FetchWorld.Run(seed, 1, 1, new ConsumerOptions(), async world =>
        {
            world.Logs[0] = FetchWorld.Batch(0, 20);
            world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 0));
            await world.ExpectAsync(0, 20);
            world.Logs[0] = FetchWorld.Batch(0, 5, epoch: 0);
            world.Cluster.Topics[FetchWorld.Topic].TopicId = new Guid(99, 0, 0, new byte[8]);
            world.Elect(0, leader: 1, epoch: 0);
            world.Client.Cluster.Metadata.RequestRefresh(FetchWorld.Topic);
            await world.ExpectAsync(0, 5);
            Assert.Empty(world.Checks); // epochs of the old topic are nothing to compare
        });

    [Theory]
    [InlineData(ErrorCode.UnstableOffsetCommit)]
    [InlineData(ErrorCode.CoordinatorLoadInProgress)]
    [InlineData(ErrorCode.NotCoordinator)]
    public void G5_G13_Offsets_that_cannot_be_told_yet_are_asked_for_again_and_reset_nothing(ErrorCode error) =>
        FetchWorld.Run(1, 1, 1, new ConsumerOptions { GroupId = "readers" }, async world =>
        {
            world.Logs[0] = FetchWorld.Batch(0, 20);
            int asked = 0;
            world.Before = (connection, request) =>
            {
                if (request.ApiKey != ApiKey.OffsetFetch)
                {
                    return false;
                }

                OffsetFetchRequest question = request.Message<OffsetFetchRequest>();
                Assert.True(question.RequireStable);
                bool isRefused = ++asked <= 20;
                connection.Answer(request, PositionCheckTests.Stored(question, _ => isRefused ? (-1, -1, error) : (11, 3, ErrorCode.None)));
                return true;
            };
            world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, TopicPartitionOffset.Stored));
            await world.ExpectAsync(11, 20);
            Assert.Equal(21, asked);
            Assert.DoesNotContain(world.Cluster.Requests(ApiKey.ListOffsets), static _ => true);
        });

    [Fact]
    public void G5_An_offset_that_may_not_be_told_is_an_error_and_not_a_reset() =>
        FetchWorld.Run(1, 1, 1, new ConsumerOptions { GroupId = "readers" }, async world =>
        {
            world.Logs[0] = FetchWorld.Batch(0, 20);
            world.Before = static (connection, request) =>
            {
                if (request.ApiKey != ApiKey.OffsetFetch)
                {
                    return false;
                }

                connection.Answer(request, PositionCheckTests.Stored(
                    request.Message<OffsetFetchRequest>(), static _ => (-1, -1, ErrorCode.GroupAuthorizationFailed)));
                return true;
            };
            world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, TopicPartitionOffset.Stored));
            KafkaBrokerException error = await Assert.ThrowsAsync<KafkaBrokerException>(world.NextAsync);
            Assert.Equal(ErrorCode.GroupAuthorizationFailed, error.Code);
            await world.ExpectNothingAsync(TimeSpan.FromSeconds(5));
            Assert.Empty(world.Fetches);
        });

    [Fact]
    public void G6_A_partition_that_the_answer_leaves_out_is_asked_for_again() =>
        FetchWorld.Run(1, 1, 2, new ConsumerOptions { GroupId = "readers" }, async world =>
        {
            world.Logs[0] = FetchWorld.Batch(0, 20);
            world.Logs[1] = FetchWorld.Batch(0, 20);
            int asked = 0;
            world.Before = (connection, request) =>
            {
                if (request.ApiKey != ApiKey.OffsetFetch)
                {
                    return false;
                }

                OffsetFetchResponse answer = PositionCheckTests.Stored(request.Message<OffsetFetchRequest>(), static _ => (19, 3, ErrorCode.None));
                if (asked++ == 0)
                {
                    answer.Groups[0].Topics[0].Partitions.RemoveAt(0);
                }

                connection.Answer(request, answer);
                return true;
            };
            world.Consumer.Assign(
                new TopicPartitionOffset(FetchWorld.Topic, 0, TopicPartitionOffset.Stored),
                new TopicPartitionOffset(FetchWorld.Topic, 1, TopicPartitionOffset.Stored));
            for (int i = 0; i < 2; i++)
            {
                Assert.Equal(19, (await world.NextAsync()).Offset);
            }

            Assert.Equal(2, asked);
        });
}
