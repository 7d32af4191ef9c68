using HighPerf.Kafka.Consuming;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Consuming.Fetching;

/// <summary>Fetch sessions (F7) and parked fetches, as brokers see them.</summary>
public sealed class FetchSessionRulesTests
{
    public static TheoryData<ulong> Seeds => Simulation.Seeds;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void F7_Requests_name_the_partitions_where_something_happens_and_not_those_that_are_assigned(bool keepsSessions) =>
        FetchWorld.Run(1, 1, 1000, new ConsumerOptions(), async world =>
        {
            world.KeepsSessions = keepsSessions;
            world.Consumer.Assign([.. Enumerable.Range(0, 1000).Select(static p => new TopicPartitionOffset(FetchWorld.Topic, p, 0))]);
            await world.Simulation.Delay(TimeSpan.FromSeconds(5));
            int before = world.Fetches.Count;
            long delivered = 0;
            for (int round = 0; round < 50; round++)
            {
                for (int partition = 0; partition < 10; partition++)
                {
                    world.Append(partition, FetchWorld.Batch(round, 1));
                }

                for (int i = 0; i < 10; i++)
                {
                    delivered += (await world.NextAsync()).Offset == round ? 1 : 0;
                }
            }

            Assert.Equal(500, delivered);
            int named = world.Fetches.Skip(before).Sum(CountNamed);
            if (keepsSessions)
            {
                // Each batch moves one position, which is told once.
                Assert.InRange(named, 400, 600);
                Assert.Single(world.Fetches, static fetch => CountNamed(fetch) > 10);
            }
            else
            {
                Assert.True(named >= 1000 * (world.Fetches.Count - before - 10), $"{named} in {world.Fetches.Count - before} requests");
            }
        });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void F7_A_quiet_consumer_asks_less_and_less_and_still_hears_at_once(bool keepsSessions) =>
        FetchWorld.Run(1, 1, 5, new ConsumerOptions { FetchMaxWait = TimeSpan.FromMilliseconds(500) }, async world =>
        {
            world.KeepsSessions = keepsSessions;
            world.Consumer.Assign([.. Enumerable.Range(0, 5).Select(static p => new TopicPartitionOffset(FetchWorld.Topic, p, 0))]);
            await world.Simulation.Delay(TimeSpan.FromMinutes(2));
            Assert.InRange(world.Fetches.Count, 20, 40);
            Assert.Equal(5000, world.Fetches[^1].MaxWaitMs);
            Assert.True(!keepsSessions || world.Fetches.Skip(1).Sum(CountNamed) == 0);

            TimeSpan now = world.Simulation.Now;
            world.Append(3, FetchWorld.Batch(0, 1));
            Assert.Equal(3, (await world.NextAsync()).Partition);
            Assert.InRange(world.Simulation.Now - now, TimeSpan.Zero, TimeSpan.FromMilliseconds(50));
            await world.Simulation.Delay(TimeSpan.FromMilliseconds(100));
            Assert.Equal(500, world.Fetches[^1].MaxWaitMs);
        });

    [Fact]
    public void Who_gathers_bytes_waits_as_long_as_was_said() =>
        FetchWorld.Run(1, 1, 1, new ConsumerOptions { FetchMinBytes = 1000 }, async world =>
        {
            world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 0));
            await world.Simulation.Delay(TimeSpan.FromMinutes(1));
            Assert.All(world.Fetches, static fetch => Assert.Equal(500, fetch.MaxWaitMs));
        });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void What_is_assigned_while_a_fetch_is_parked_is_read_at_once_and_joins_it_later(ulong seed) =>
        FetchWorld.Run(seed, 1, 20, new ConsumerOptions(), async world =>
        {
            world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 0));
            await world.Simulation.Delay(TimeSpan.FromSeconds(30)); // the first lane parks for seconds by now
            for (int partition = 1; partition < 20; partition++)
            {
                world.Append(partition, FetchWorld.Batch(0, 2));
                PartitionCursor cursor = new(FetchWorld.Topic, "orders"u8.ToArray(), partition, 0);
                TimeSpan now = world.Simulation.Now;
                ConsumerSession session = world.Consumer.Session;
                HighPerf.Kafka.Connections.LoopCall.Post(session.Loop, () => session.AddPartitions([cursor]));
                Assert.Equal(partition, (await world.NextAsync()).Partition);
                Assert.Equal(partition, (await world.NextAsync()).Partition);
                Assert.InRange(world.Simulation.Now - now, TimeSpan.Zero, TimeSpan.FromMilliseconds(200));
            }

            await world.Simulation.Delay(TimeSpan.FromSeconds(60));
            int before = world.Fetches.Count;
            await world.Simulation.Delay(TimeSpan.FromSeconds(60));
            Assert.InRange(world.Fetches.Count - before, 10, 14); // one lane, parked for long
        });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void F7_A_broker_that_forgot_the_session_is_asked_in_full_at_once(ulong seed) => FetchWorld.Run(seed, 1, 3, new ConsumerOptions(), async world =>
    {
        bool forgets = false;
        world.Before = (connection, request) =>
        {
            if (!forgets || request.ApiKey != ApiKey.Fetch)
            {
                return false;
            }

            forgets = false;
            Assert.NotEqual(0, request.Message<FetchRequest>().SessionEpoch);
            connection.Answer(request, new FetchResponse { ErrorCode = (short)ErrorCode.FetchSessionIdNotFound });
            return true;
        };
        world.Consumer.Assign([.. Enumerable.Range(0, 3).Select(static p => new TopicPartitionOffset(FetchWorld.Topic, p, 0))]);
        world.Append(0, FetchWorld.Batch(0, 1));
        await world.ExpectAsync(0, 1);
        await world.Simulation.Delay(TimeSpan.FromSeconds(1));
        forgets = true;
        TimeSpan now = world.Simulation.Now;
        world.Append(0, FetchWorld.Batch(1, 1));
        await world.ExpectAsync(1, 2);
        world.Append(1, FetchWorld.Batch(0, 1));
        await world.ExpectAsync(0, 1);
        Assert.False(forgets);
        Assert.InRange(world.Simulation.Now - now, TimeSpan.Zero, TimeSpan.FromMilliseconds(90)); // no back-off
        Assert.Equal(2, world.Fetches.Count(static fetch => fetch.SessionEpoch == 0));
        Assert.Equal(0, world.Fetches.Last(static fetch => fetch.SessionEpoch == 0).SessionId);
    });

    [Fact]
    public void F7_A_broker_that_refuses_every_session_is_not_stormed() => FetchWorld.Run(1, 1, 1, new ConsumerOptions(), async world =>
    {
        int refused = 0;
        world.Before = (connection, request) =>
        {
            if (request.ApiKey == ApiKey.Fetch)
            {
                refused++;
                connection.Answer(request, new FetchResponse { ErrorCode = (short)ErrorCode.InvalidFetchSessionEpoch });
                return true;
            }

            return false;
        };
        world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 0));
        await world.Simulation.Delay(TimeSpan.FromSeconds(10));
        Assert.InRange(refused, 50, 102);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void F7_A_session_is_ended_when_the_consumer_is_closed(ulong seed) => FetchWorld.Run(seed, 1, 3, new ConsumerOptions(), async world =>
    {
        world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 0));
        await world.Simulation.Delay(TimeSpan.FromSeconds(1));
        Assert.Equal(1, world.Sessions);
        await world.Consumer.DisposeAsync();
        await world.Simulation.Delay(TimeSpan.FromSeconds(1));
        Assert.Equal(0, world.Sessions);
        Assert.Equal(-1, world.Fetches[^1].SessionEpoch);
        Assert.Empty(world.Fetches[^1].Topics);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void F6_F7_An_answer_in_a_session_about_a_partition_that_was_sought_meanwhile_is_dropped(ulong seed) =>
        FetchWorld.Run(seed, 1, 2, new ConsumerOptions(), async world =>
        {
            world.Logs[0] = FetchWorld.Batch(0, 100);
            world.Consumer.Assign(new TopicPartitionOffset(FetchWorld.Topic, 0, 100), new TopicPartitionOffset(FetchWorld.Topic, 1, 0));
            await world.Simulation.Delay(TimeSpan.FromSeconds(2));
            world.Consumer.Seek(new TopicPartition(FetchWorld.Topic, 0), 40);
            await world.ExpectAsync(40, 50);
            world.Consumer.Seek(new TopicPartition(FetchWorld.Topic, 0), 20);
            world.Append(0, FetchWorld.Batch(100, 5));
            await world.ExpectAsync(20, 105);
            world.Consumer.Seek(new TopicPartition(FetchWorld.Topic, 0), 103);
            await world.ExpectAsync(103, 105);
        });

    private static int CountNamed(FetchRequest fetch) => fetch.Topics.Sum(static topic => topic.Partitions.Count);
}
