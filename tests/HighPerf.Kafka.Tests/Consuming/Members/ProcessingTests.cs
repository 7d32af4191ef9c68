using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Consuming.Members;

/// <summary>Handlers that run at the same time: order within a lane, and nothing committed past what is not processed.</summary>
public sealed class ProcessingTests
{
    public static TheoryData<ulong> Seeds => Simulation.Seeds;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Each_partition_is_processed_in_order_and_partitions_at_the_same_time(ulong seed) => GroupWorld.Run(seed, 3, async world =>
    {
        for (int partition = 0; partition < 3; partition++)
        {
            await world.ProduceAsync(partition, 30);
        }

        await using KafkaConsumer<string, string> consumer = world.Join("first");
        List<long>[] processed = [[], [], []];
        int[] running = new int[3];
        int most = 0;
        using CancellationTokenSource end = new();
        Task run = consumer.RunAsync(
            async (record, _) =>
            {
                Assert.Equal(1, ++running[record.Partition]);
                most = Math.Max(most, running.Sum());
                await world.Wait(TimeSpan.FromMilliseconds(10 + (7 * record.Partition)));
                running[record.Partition]--;
                processed[record.Partition].Add(record.Offset);
            },
            cancellationToken: end.Token);
        await world.UntilAsync(() => processed.All(static offsets => offsets.Count == 30), "everything is processed");
        Assert.Equal(3, most);
        Assert.All(processed, static offsets => Assert.Equal(Enumerable.Range(0, 30).Select(static i => (long)i), offsets));
        await consumer.CommitAsync();
        Assert.Equal((30, 30, 30), (world.Committed(0), world.Committed(1), world.Committed(2)));
        end.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void By_key_other_keys_go_on_and_only_what_has_no_gap_is_committed(ulong seed) => GroupWorld.Run(seed, 1, async world =>
    {
        await world.ProduceAsync(0, 30); // keys k0, k1, k2 in turn
        await using KafkaConsumer<string, string> consumer = world.Join("first");
        bool mayGoOn = false;
        List<long> processed = [];
        using CancellationTokenSource end = new();
        Task run = consumer.RunAsync(
            async (record, _) =>
            {
                if (record.Offset == 4)
                {
                    await world.UntilAsync(() => mayGoOn, "the test lets it go on");
                }

                processed.Add(record.Offset);
            },
            new ProcessingOptions { Ordering = ProcessingOrdering.ByKey },
            end.Token);
        await world.UntilAsync(() => processed.Count == 21, "all of the other keys, and one of this");
        await consumer.CommitAsync();
        Assert.Equal(4, world.Committed(0));
        mayGoOn = true;
        await world.UntilAsync(() => processed.Count == 30, "everything is processed");
        await consumer.CommitAsync();
        Assert.Equal(30, world.Committed(0));
        Assert.All(processed.GroupBy(static offset => offset % 3), static key => Assert.Equal(key.Order(), key));
        end.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_handler_that_throws_stops_its_lane_and_nothing_is_committed_past_it(ulong seed) => GroupWorld.Run(seed, 2, async world =>
    {
        await world.ProduceAsync(0, 20);
        await world.ProduceAsync(1, 20);
        List<(int, long)> processed = [];
        List<KafkaProcessingException> stopped = [];
        KafkaConsumer<string, string> consumer = world.Join("first");
        Task run = consumer.RunAsync(
            (record, _) =>
            {
                if ((record.Partition, record.Offset) == (1, 7))
                {
                    throw new InvalidDataException("bad record");
                }

                processed.Add((record.Partition, record.Offset));
                return ValueTask.CompletedTask;
            },
            new ProcessingOptions { OnLaneStopped = stopped.Add });
        await world.UntilAsync(() => processed.Count == 27, "the other partition goes on");
        await world.Wait(TimeSpan.FromSeconds(5));
        Assert.Equal(new TopicPartitionOffset(GroupWorld.Topic, 1, 7), Assert.Single(stopped).Record);
        await consumer.DisposeAsync();
        KafkaProcessingException error = await Assert.ThrowsAsync<KafkaProcessingException>(() => run);
        Assert.IsType<InvalidDataException>(error.InnerException);
        Assert.Equal((20, 7), (world.Committed(0), world.Committed(1)));
        Assert.Equal(27, processed.Count);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void If_asked_to_a_failure_ends_everything(ulong seed) => GroupWorld.Run(seed, 2, async world =>
    {
        await world.ProduceAsync(0, 20);
        await using KafkaConsumer<string, string> consumer = world.Join("first");
        KafkaProcessingException error = await Assert.ThrowsAsync<KafkaProcessingException>(() => consumer.RunAsync(
            static (record, _) => record.Offset == 3 ? throw new InvalidDataException() : ValueTask.CompletedTask,
            new ProcessingOptions { StopsOnFailure = true }));
        Assert.Equal(3, error.Record.Offset);
        Assert.Equal(3, (await world.NextAsync(consumer)).Offset); // what was not processed is read again
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_slow_record_holds_up_its_partition_and_not_the_others(ulong seed) => GroupWorld.Run(seed, 2, async world =>
    {
        await world.ProduceAsync(0, 40);
        await world.ProduceAsync(1, 40);
        await using KafkaConsumer<string, string> consumer = world.Join("first");
        bool mayGoOn = false;
        int[] processed = new int[2];
        using CancellationTokenSource end = new();
        Task run = consumer.RunAsync(
            async (record, _) =>
            {
                if (record is { Partition: 0, Offset: 0 })
                {
                    await world.UntilAsync(() => mayGoOn, "the test lets it go on");
                }

                processed[record.Partition]++;
            },
            new ProcessingOptions { MaxRecordsAhead = 5 },
            end.Token);
        await world.UntilAsync(() => processed[1] == 40, "the other partition is through");
        TopicPartition held = new(GroupWorld.Topic, 0);
        await world.UntilAsync(() => consumer.Position(held) == 5, "as much is read ahead as may be");
        await world.Wait(TimeSpan.FromSeconds(5));
        Assert.Equal((0, 5), (processed[0], consumer.Position(held)));
        mayGoOn = true;
        await world.UntilAsync(() => processed[0] == 40, "the held partition goes on");
        end.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    });
}
