using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>P14: a batch that is too large is split; each record keeps its sequence number (KIP-126).</summary>
public sealed class P14SplitTests
{
    private const int Limit = 1000;

    private static readonly Dictionary<string, string> Small = new() { ["max.message.bytes"] = $"{Limit}" };

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Zstd)]
    public void P14_every_record_keeps_its_number_and_its_waiter(CompressionType compression) =>
        new ProducerWorld(Gathering(compression)) { TopicSettings = Small }.Run(async world =>
        {
            string[] values = Values(0, 40);
            RecordMetadata[] told = await Task.WhenAll(values.Select(value => world.Send(value, key: value[..3])));
            Assert.Equal(Enumerable.Range(0, 40).Select(i => (long)i), told.Select(t => t.Offset));
            Assert.Equal(values, world.LogValues());
            CheckNumbers(world, values);
            Assert.All(world.Batches().Where(b => b.Answer == ErrorCode.None), b => Assert.True(b.Bytes.Length / 2 <= Limit));
            Assert.Equal(40, world.Batches().First().Values.Count);
            Assert.All(world.Batches(), b => Assert.Equal(compression, b.Header.Compression));
            Assert.Equal(1, world.IdentitiesAsked);
        });

    [Fact]
    public void P14_batches_behind_it_stay_behind_and_parts_count_towards_the_five() =>
        new ProducerWorld(Gathering()) { TopicSettings = Small }.Run(async world =>
        {
            await world.Send("warm");
            List<Task> sends = [];
            for (int i = 0; i < 5; i++)
            {
                sends.AddRange(Values(20 * i, 20).Select(value => world.Send(value)));
                await world.Delay(0.0101);
            }

            await Task.WhenAll(sends);
            Assert.Equal(["warm", .. Values(0, 100)], world.LogValues());
            CheckNumbers(world, ["warm", .. Values(0, 100)]);
            Assert.Equal(1, world.IdentitiesAsked);
        });

    [Fact]
    public void P14_later_batches_are_made_small_enough() => new ProducerWorld(Gathering()) { TopicSettings = Small }.Run(async world =>
    {
        await world.SendAll(Values(0, 40));
        int before = world.Batches().Count;
        await world.SendAll(Values(40, 40));
        Assert.All(world.Batches().Skip(before), batch => Assert.Equal(ErrorCode.None, batch.Answer));
    });

    [Fact]
    public void P14_one_record_that_is_too_large_fails_alone() => new ProducerWorld(Gathering()) { TopicSettings = Small }.Run(async world =>
    {
        Task<RecordMetadata> before = world.Send("before");
        Task<RecordMetadata> large = world.Send(new string('x', 3 * Limit));
        Task<RecordMetadata> after = world.Send("after");
        KafkaProduceException e = await ProducerWorld.Failure(large);
        Assert.Equal((DeliveryOutcome.NotWritten, ErrorCode.MessageTooLarge), (e.Outcome, e.Code));
        Assert.Equal((0L, 1L), ((await before).Offset, (await after).Offset));
        await world.Send("last");
        Assert.Equal(["before", "after", "last"], world.LogValues());
        Assert.All(world.Batches(), batch => Assert.Equal(0, batch.Header.ProducerEpoch));
        Assert.Equal(1, world.IdentitiesAsked);
    });

    [Fact]
    public void P14_P2_parts_of_a_batch_that_wraps_have_the_numbers_it_had() => new ProducerWorld(Gathering()) { TopicSettings = Small }.Run(async world =>
    {
        string[] values = Values(0, 20);
        await P02SequenceWrapTests.BeginAt(world, int.MaxValue - 7);
        await world.SendAll(values);
        CheckNumbers(world, values, int.MaxValue - 7);
        Assert.Equal(values, world.LogValues());
    });

    [Fact]
    public void P14_an_answer_that_is_lost_while_parts_are_sent_doubles_nothing() => new ProducerWorld(Gathering()) { TopicSettings = Small }.Run(async world =>
    {
        world.Faults.LoseAnswer(RequestMatch.Of(ApiKey.Produce).Nth(5));
        await world.SendAll(Values(0, 40));
        Assert.Equal(Values(0, 40), world.LogValues());
    });

    [Fact]
    public void P14_a_flush_waits_for_all_parts() => new ProducerWorld(Gathering()) { TopicSettings = Small }.Run(async world =>
    {
        foreach (string value in Values(0, 40))
        {
            await world.Producer.EnqueueAsync(ProducerWorld.Topic, null, value);
        }

        await world.Producer.FlushAsync();
        Assert.Equal(Values(0, 40), world.LogValues());
        Assert.Equal(0, world.Producer.Engine.Memory.Used);
    });

    [Fact]
    public void P14_without_idempotence_the_parts_go_one_by_one() =>
        new ProducerWorld(new ProducerOptions { Linger = TimeSpan.FromMilliseconds(10), EnableIdempotence = false })
        {
            TopicSettings = Small,
        }.Run(async world =>
        {
            await world.SendAll(Values(0, 40));
            Assert.Equal(Values(0, 40), world.LogValues());
        });

    [Fact]
    public void P14_a_batch_whose_time_is_over_while_it_is_divided_is_told_once() =>
        new ProducerWorld(new ProducerOptions
        {
            Linger = TimeSpan.FromMilliseconds(10), DeliveryTimeout = TimeSpan.FromSeconds(2), RequestTimeout = TimeSpan.FromSeconds(1),
        }) { TopicSettings = Small }.Run(async world =>
        {
            // Halves go on being refused as a whole, so that parts are in all states when the time is over.
            world.Faults.Fail(RequestMatch.Of(ApiKey.Produce) with { Skip = 3 }, ErrorCode.NotEnoughReplicas);
            Task<RecordMetadata>[] sends = [.. Values(0, 40).Select(value => world.Send(value))];
            int failed = 0;
            foreach (Task<RecordMetadata> send in sends)
            {
                try
                {
                    await send;
                }
                catch (KafkaProduceException e)
                {
                    Assert.Equal(DeliveryOutcome.NotWritten, e.Outcome);
                    failed++;
                }
            }

            Assert.Equal(40 - world.LogValues().Length, failed);
            Assert.True(failed > 0);
        });

    private static ProducerOptions Gathering(CompressionType compression = CompressionType.None) =>
        new() { Linger = TimeSpan.FromMilliseconds(10), Compression = compression };

    // Incompressible enough that compressed batches are too large, too.
    private static string[] Values(int first, int count) => [.. Enumerable.Range(first, count).Select(i =>
    {
        Random random = new(i);
        return $"{i:d3} {string.Concat(Enumerable.Range(0, 60).Select(_ => (char)random.Next('0', 'z')))}";
    })];

    // Wherever a record is seen, it is under epoch 0 and the number that it has by its place among all.
    private static void CheckNumbers(ProducerWorld world, string[] values, int first = 0)
    {
        foreach (SentBatch batch in world.Batches())
        {
            Assert.Equal(0, batch.Header.ProducerEpoch);
            for (int i = 0; i < batch.Values.Count; i++)
            {
                int expected = (int)((first + (long)Array.IndexOf(values, batch.Values[i])) & int.MaxValue);
                Assert.Equal(expected, (int)(((long)batch.Header.BaseSequence + i) & int.MaxValue));
            }
        }
    }
}
