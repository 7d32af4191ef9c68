using HighPerf.Kafka.Producing;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>P16: the delivery timeout covers linger, queue and retries; records expire in order; the first record to an unknown topic asks at once.</summary>
public sealed class P16DeliveryTimeoutTests
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(20);

    [Fact]
    public void P16_records_expire_in_order_and_none_waits_longer_than_the_time() => new ProducerWorld(ProducerWorld.Short()).Run(async world =>
    {
        await world.Send("warm");
        await world.Cluster.KillBrokerAsync(1);
        await world.Delay(1);
        List<(string Value, TimeSpan Took)> failed = [];
        List<Task> watching = [];
        foreach (string value in (string[])["a", "b", "c", "d"])
        {
            watching.Add(Watch(world, value, failed));
            await world.Delay(0.4);
        }

        await Task.WhenAll(watching);
        Assert.Equal(["a", "b", "c", "d"], failed.Select(one => one.Value));
        Assert.All(failed, one => Assert.InRange(one.Took, TimeSpan.Zero, TimeSpan.FromSeconds(2) + Tolerance));
        Assert.InRange(failed[0].Took, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2) + Tolerance);
        await world.Cluster.StartBrokerAsync(1);
        await world.Send("e");
    });

    [Fact]
    public void P16_retries_do_not_begin_the_time_anew() => new ProducerWorld(ProducerWorld.Short()).Run(async world =>
    {
        await world.Send("warm");
        world.Faults.Fail(ApiKey.Produce, ErrorCode.NotEnoughReplicas);
        List<(string Value, TimeSpan Took)> failed = [];
        await Watch(world, "a", failed);
        Assert.InRange(failed[0].Took, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2) + Tolerance);
        world.Faults.Clear();
    });

    [Fact]
    public void P16_linger_counts() => new ProducerWorld(new ProducerOptions
    {
        Linger = TimeSpan.FromSeconds(1), DeliveryTimeout = TimeSpan.FromSeconds(2), RequestTimeout = TimeSpan.FromSeconds(1),
    }).Run(async world =>
    {
        await world.Send("warm");
        FaultRule rule = world.Faults.Fail(ApiKey.Produce, ErrorCode.NotEnoughReplicas);
        List<(string Value, TimeSpan Took)> failed = [];
        await Watch(world, "a", failed);
        Assert.InRange(failed[0].Took, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2) + Tolerance);
        Assert.True(rule.Hits > 0);
        rule.Remove();
    });

    [Fact]
    public void P16_the_first_record_to_an_unknown_topic_asks_for_it_at_once() => new ProducerWorld
    {
        Configure = static options => options.RetryBackoff = TimeSpan.FromSeconds(20),
    }.Run(async world =>
    {
        await world.Send("a");
        await world.Cluster.CreateTopicAsync("other", 1);
        DateTimeOffset before = world.Simulation.Environment.Time.GetUtcNow();
        await world.Send("b", topic: "other");
        RecordedRequest asked = world.Cluster.Requests.Snapshot(ApiKey.Metadata).First(request => request.Topics.Contains("other"));
        Assert.InRange(asked.Time - before, TimeSpan.Zero, Tolerance);
    });

    [Fact]
    public void P16_records_that_join_a_waiting_batch_have_most_of_their_own_time() => new ProducerWorld(ProducerWorld.Short()).Run(async world =>
    {
        await world.Send("warm");
        await world.Cluster.KillBrokerAsync(1);
        await world.Delay(1);
        List<(string Value, TimeSpan Took)> failed = [];
        List<Task> watching = [];
        for (int i = 0; i < 80; i++)
        {
            watching.Add(Watch(world, $"{i}", failed));
            await world.Delay(0.05);
        }

        await Task.WhenAll(watching);
        Assert.Equal(Enumerable.Range(0, 80).Select(i => $"{i}"), failed.Select(one => one.Value));
        Assert.All(failed, one => Assert.InRange(one.Took, TimeSpan.FromSeconds(1.8) - Tolerance, TimeSpan.FromSeconds(2) + Tolerance));
        await world.Cluster.StartBrokerAsync(1);
        await world.Send("e");
    });

    [Fact]
    public void P16_waiting_for_memory_ends_with_the_time_and_nothing_is_written() => new ProducerWorld(ProducerWorld.Short()).Run(async world =>
    {
        await world.Send("warm");
        BufferMemory memory = world.Producer.Engine.Memory;
        Assert.True(memory.TryReserve(memory.Capacity));
        TimeSpan begun = world.Simulation.Now;
        Task<RecordMetadata>[] sending = [world.Send("a"), world.Send("b")];
        foreach (Task<RecordMetadata> one in sending)
        {
            KafkaProduceException failure = await ProducerWorld.Failure(one);
            Assert.Equal(DeliveryOutcome.NotWritten, failure.Outcome);
            Assert.Contains("DeliveryTimeout", failure.Message, StringComparison.Ordinal);
            Assert.Contains("BufferMemoryBytes", failure.Message, StringComparison.Ordinal);
            Assert.InRange(world.Simulation.Now - begun, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2) + Tolerance);
        }

        memory.Release(memory.Capacity);
        await world.Send("c");
    });

    [Fact]
    public void P16_what_a_record_waited_for_memory_counts_when_it_is_in_its_batch() => new ProducerWorld(ProducerWorld.Short()).Run(async world =>
    {
        await world.Send("warm");
        await world.Cluster.KillBrokerAsync(1);
        BufferMemory memory = world.Producer.Engine.Memory;
        Assert.True(memory.TryReserve(memory.Capacity));
        List<(string Value, TimeSpan Took)> failed = [];
        Task watching = Watch(world, "a", failed);
        await world.Delay(1.5);
        memory.Release(memory.Capacity);
        await watching;
        Assert.InRange(failed[0].Took, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2) + Tolerance);
        await world.Cluster.StartBrokerAsync(1);
        await world.Send("e");
    });

    [Fact]
    public void P16_those_in_line_for_a_topic_that_does_not_come_are_told_together() => new ProducerWorld
    {
        Configure = static options => options.AllowAutoTopicCreation = false,
    }.Run(async world =>
    {
        await world.Send("warm");
        TimeSpan begun = world.Simulation.Now;
        Task<RecordMetadata>[] sending = [.. Enumerable.Range(0, 50).Select(i => world.Send($"{i}", topic: "none"))];
        foreach (Task<RecordMetadata> one in sending)
        {
            Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await ProducerWorld.Failure(one)).Code);
        }

        Assert.InRange(world.Simulation.Now - begun, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10.5));
    });

    private static async Task Watch(ProducerWorld world, string value, List<(string Value, TimeSpan Took)> failed)
    {
        TimeSpan begun = world.Simulation.Now;
        await ProducerWorld.Failure(world.Send(value));
        failed.Add((value, world.Simulation.Now - begun));
    }
}
