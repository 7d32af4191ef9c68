using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Consuming.Members;

/// <summary>S4: a partition that goes to another member while its records are processed slowly is not read twice.</summary>
public sealed class HandOverScenarioTests
{
    public static TheoryData<ulong> Seeds => Simulation.Seeds;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void S4_A_record_in_processing_is_committed_before_its_partition_is_given_up(ulong seed) => GroupWorld.Run(seed, 2, async world =>
    {
        await world.ProduceAsync(0, 20);
        await world.ProduceAsync(1, 20);
        await using KafkaConsumer<string, string> first = world.Join("first");
        HashSet<(int, long)> seen = [];
        int held = await ReadUntilAsync(world, first, seen, 10);

        await using KafkaConsumer<string, string> second = world.Join("second");
        Task<List<(int Partition, long Offset)>> reading = ReadAllAsync(world, second, 19);
        await world.UntilAsync(() => world.Story("second").Contains("Sync"), "the second member is in the group");
        await world.Wait(TimeSpan.FromSeconds(10));
        Assert.DoesNotContain(world.Story("first"), static line => line.StartsWith("Commit", StringComparison.Ordinal));

        // The handler ends: asking for the next says so.
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(20), world.Environment.Time);
        int mine = seen.Count;
        try
        {
            while (await first.WaitToReadAsync(patience.Token))
            {
                while (first.TryRead(out ConsumedRecord<string, string> record))
                {
                    Assert.True(seen.Add((record.Partition, record.Offset)), $"{record.Partition}@{record.Offset} was read twice");
                    mine++;
                }
            }
        }
        catch (OperationCanceledException)
        {
        }

        List<(int Partition, long Offset)> others = await reading;
        Assert.All(others, place => Assert.True(seen.Add(place), $"{place} was read twice"));
        Assert.Equal(40, seen.Count);
        Assert.Single(others.Select(static place => place.Partition).Distinct());

        List<string> story = world.Story("first");
        int commit = story.FindIndex(static line => line.StartsWith("Commit", StringComparison.Ordinal));
        int lastJoin = story.LastIndexOf("Join");
        Assert.True(commit > 0 && commit < lastJoin, string.Join(", ", story));
        Assert.Equal(3, story.Count(static line => line == "Join"));
        Assert.True(held is 0 or 1);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void S4_A_batch_is_in_processing_until_it_is_disposed(ulong seed) => GroupWorld.Run(seed, 2, async world =>
    {
        await world.ProduceAsync(0, 5);
        await world.ProduceAsync(1, 5);
        await using KafkaConsumer<string, string> first = world.Join("first");
        List<ConsumedBatch> batches = [];
        int records = 0;
        while (records < 10)
        {
            await first.WaitToReadAsync();
            while (first.TryReadBatch(out ConsumedBatch batch))
            {
                batches.Add(batch);
                records += batch.Count;
            }
        }

        await using KafkaConsumer<string, string> second = world.Join("second");
        await world.UntilAsync(() => world.Story("second").Contains("Sync"), "the second member is in the group");
        await world.Wait(TimeSpan.FromSeconds(5));
        Assert.DoesNotContain(world.Story("first"), static line => line.StartsWith("Commit", StringComparison.Ordinal));
        batches.ForEach(static batch => batch.Dispose());
        Assert.False(first.TryReadBatch(out _));
        await world.UntilAsync(() => second.Assignment.Count == 1, "the second member has a partition");
        Assert.Equal(5, world.Committed(second.Assignment[0].Partition));
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void S4_An_overrun_is_told_and_exactly_that_record_is_read_twice(ulong seed) => GroupWorld.Run(seed, 2, async world =>
    {
        await world.ProduceAsync(0, 20);
        await world.ProduceAsync(1, 20);
        Listener listener = new();
        KafkaConsumer<string, string> first = world.Join("first", listener, static options => options.MaxPollInterval = TimeSpan.FromSeconds(30));
        HashSet<(int, long)> seen = [];
        await ReadUntilAsync(world, first, seen, 10);
        ConsumedRecord<string, string> held = await world.NextAsync(first);
        while (held.Offset != 10)
        {
            held = await world.NextAsync(first);
        }

        await using KafkaConsumer<string, string> second = world.Join("second");
        await world.UntilAsync(() => listener.Heard.Exists(IsTrouble), "the overrun is told");
        await world.UntilAsync(() => second.Assignment.Count > 0, "the second member has a partition");
        if (second.Assignment.Contains(held.TopicPartition))
        {
            Assert.False(first.TryStoreOffset(held));
            InvalidOperationException stale = Assert.Throws<InvalidOperationException>(() => first.StoreOffset(held));
            Assert.Contains("was given up", stale.Message, StringComparison.Ordinal);
            ConsumedRecord<string, string> again = await world.NextAsync(second);
            while (again.TopicPartition != held.TopicPartition)
            {
                again = await world.NextAsync(second);
            }

            Assert.Equal(held.Offset, again.Offset);
        }

        await first.DisposeAsync();
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void S4_Handlers_end_before_a_partition_is_given_up_and_the_other_never_pauses(ulong seed) => GroupWorld.Run(seed, 2, async world =>
    {
        await world.ProduceAsync(0, 50);
        await world.ProduceAsync(1, 50);
        bool mayGoOn = false;
        List<(int Partition, long Offset)> processed = [];
        await using KafkaConsumer<string, string> first = world.Join("first");
        using CancellationTokenSource end = new();
        Task running = first.RunAsync(
            async (record, token) =>
            {
                if (record.Offset == 10)
                {
                    await world.UntilAsync(() => mayGoOn, "the test lets it go on");
                }

                processed.Add((record.Partition, record.Offset));
            },
            cancellationToken: end.Token);
        await world.UntilAsync(() => processed.Count == 20, "both handlers stand at offset 10");
        await using KafkaConsumer<string, string> second = world.Join("second");
        await world.UntilAsync(() => world.Story("second").Contains("Sync"), "the second member is in the group");
        await world.Wait(TimeSpan.FromSeconds(5));
        Assert.DoesNotContain(world.Story("first"), static line => line.StartsWith("Commit", StringComparison.Ordinal));
        mayGoOn = true;
        List<(int Partition, long Offset)> others = await ReadAllAsync(world, second, 39);
        await world.UntilAsync(() => processed.Count + others.Count == 100, "everything is read");
        Assert.Equal(100, processed.Concat(others).Distinct().Count());
        Assert.Equal(11, others.Min(static place => place.Offset));
        end.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    });

    private static bool IsTrouble(string heard) =>
        heard.StartsWith("overran", StringComparison.Ordinal) || heard.StartsWith("lost", StringComparison.Ordinal);

    // Reads until the record at the offset of some partition is held. Which partition.
    private static async Task<int> ReadUntilAsync(GroupWorld world, KafkaConsumer<string, string> consumer, HashSet<(int, long)> seen, long offset)
    {
        while (true)
        {
            ConsumedRecord<string, string> record = await world.NextAsync(consumer);
            Assert.True(seen.Add((record.Partition, record.Offset)));
            if (record.Offset == offset)
            {
                return record.Partition;
            }
        }
    }

    private static async Task<List<(int Partition, long Offset)>> ReadAllAsync(GroupWorld world, KafkaConsumer<string, string> consumer, int atMost)
    {
        List<(int, long)> read = [];
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(40), world.Environment.Time);
        try
        {
            while (read.Count < atMost && await consumer.WaitToReadAsync(patience.Token))
            {
                while (consumer.TryRead(out ConsumedRecord<string, string> record))
                {
                    read.Add((record.Partition, record.Offset));
                }
            }
        }
        catch (OperationCanceledException)
        {
        }

        return read;
    }
}
