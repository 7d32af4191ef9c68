using System.Buffers;
using System.Text;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>Bad input: the right exception on the right call, and nothing else is disturbed.</summary>
public sealed class BadInputTests
{
    [Fact]
    public void A_record_larger_than_the_options_allow_fails_at_the_call() =>
        new ProducerWorld(new ProducerOptions { MaxRequestSizeBytes = 10_000, BatchSizeBytes = 10_000 }).Run(async world =>
        {
            await world.Send("a");
            Task<RecordMetadata> large = world.Send(new string('x', 10_000));
            Assert.True(large.IsFaulted, "told at once");
            KafkaProduceException e = await ProducerWorld.Failure(large);
            Assert.Equal((DeliveryOutcome.NotWritten, ErrorCode.MessageTooLarge), (e.Outcome, e.Code));
            Assert.Contains("MaxRequestSizeBytes", e.Message);
            await Assert.ThrowsAsync<KafkaProduceException>(() => world.Producer.EnqueueAsync(ProducerWorld.Topic, null, new string('y', 10_000)).AsTask());
            Assert.Throws<KafkaProduceException>(() => world.Producer.TrySend(ProducerWorld.Topic, null, new string('z', 10_000)));
            Assert.Throws<KafkaProduceException>(() => world.Producer.ForTopic(ProducerWorld.Topic).TrySend(new byte[10_000]));
            Assert.Equal(0, world.Producer.Engine.Memory.Used);
            await world.Send("b");
            Assert.Equal(["0/0 a None", "0/1 b None"], world.Seen());
        });

    [Theory]
    [InlineData(-2)]
    [InlineData(int.MinValue)]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    public void A_partition_that_is_not_there_fails_at_the_call(int partition) => new ProducerWorld().Run(async world =>
    {
        await world.Send("a");
        Task<RecordMetadata> sending = world.Send("bad", partition: partition);
        Assert.True(sending.IsFaulted);
        Assert.Equal("partition", (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => sending)).ParamName);
        await world.Send("b");
        Assert.Equal(["0/0 a None", "0/1 b None"], world.Seen());
    });

    [Fact]
    public void A_partition_that_is_not_there_fails_when_the_topic_is_known() => new ProducerWorld().Run(async world =>
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => world.Send("bad", partition: 3));
        await world.Send("a");
    });

    [Fact]
    public void A_topic_that_does_not_exist_fails_in_reasonable_time() => new ProducerWorld().Run(async world =>
    {
        TimeSpan before = world.Simulation.Now;
        Task<RecordMetadata>[] sends = [world.Send("a", topic: "missing"), world.Send("b", topic: "missing")];
        Task enqueued = world.Producer.EnqueueAsync("missing", null, "c").AsTask();
        await world.Send("d"); // another topic is not held up
        Assert.True(world.Simulation.Now - before < TimeSpan.FromSeconds(1));
        foreach (Task send in (Task[])[.. sends, enqueued])
        {
            KafkaProduceException e = await Assert.ThrowsAsync<KafkaProduceException>(() => send);
            Assert.Equal((DeliveryOutcome.NotWritten, ErrorCode.UnknownTopicOrPartition), (e.Outcome, e.Code));
            Assert.Contains("missing", e.Message);
        }

        Assert.InRange(world.Simulation.Now - before, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(31));
        Assert.False(world.Producer.TrySend("missing", null, "e"));
    });

    [Fact]
    public void A_topic_that_does_not_exist_fails_at_once_when_that_is_asked_for() =>
        new ProducerWorld(new ProducerOptions { UnknownTopicTimeout = TimeSpan.Zero }).Run(async world =>
        {
            TimeSpan before = world.Simulation.Now;
            await ProducerWorld.Failure(world.Send("a", topic: "missing"));
            Assert.True(world.Simulation.Now - before < TimeSpan.FromSeconds(1));
        });

    [Fact]
    public void A_topic_that_is_created_while_a_send_waits_gets_the_record() => new ProducerWorld().Run(async world =>
    {
        Task<RecordMetadata> sending = world.Send("a", topic: "late");
        await world.Delay(5);
        await world.Cluster.CreateTopicAsync("late", 1);
        Assert.Equal(0, (await sending).Offset);
    });

    [Fact]
    public void A_topic_that_the_broker_creates_gets_the_record() =>
        new ProducerWorld { Configure = static o => o.AllowAutoTopicCreation = true }.Run(async world =>
        {
            Assert.Equal(0, (await world.Send("a", topic: "made")).Offset);
            Assert.Equal([(0L, "a")], world.Log(topic: "made"));
        });

    [Fact]
    public void A_topic_that_may_not_be_created_fails_though_the_client_would_allow_it() =>
        new ProducerWorld(cluster: new KafkaTestClusterOptions { AutoCreateTopics = false }) { Configure = static o => o.AllowAutoTopicCreation = true }.Run(
            async world => Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await ProducerWorld.Failure(world.Send("a", topic: "missing"))).Code));

    [Fact]
    public void A_name_that_no_topic_can_have_fails_at_once() => new ProducerWorld().Run(async world =>
    {
        KafkaProduceException e = await ProducerWorld.Failure(world.Send("a", topic: "not/a/topic"));
        Assert.Equal((DeliveryOutcome.NotWritten, ErrorCode.InvalidTopicException), (e.Outcome, e.Code));
        await world.Send("b");
    });

    [Fact]
    public void A_topic_that_may_not_be_described_fails_at_once() => new ProducerWorld().Run(async world =>
    {
        world.Change(AnswerChange.Json(ApiKey.Metadata, 1, static answer =>
        {
            answer["topics"]![0]!["errorCode"] = (int)ErrorCode.TopicAuthorizationFailed;
            answer["topics"]![0]!["partitions"] = new System.Text.Json.Nodes.JsonArray();
        }));
        KafkaProduceException e = await ProducerWorld.Failure(world.Send("a"));
        Assert.Equal((DeliveryOutcome.NotWritten, ErrorCode.TopicAuthorizationFailed), (e.Outcome, e.Code));
        await world.Send("b");
    });

    [Fact]
    public void A_topic_that_may_not_be_written_fails_those_records_at_once() => new ProducerWorld { Partitions = 2 }.Run(async world =>
    {
        await world.Send("a", partition: 0);
        await world.Send("b", partition: 1);
        world.Faults.Fail(ApiKey.Produce, ErrorCode.TopicAuthorizationFailed, ProducerWorld.Topic, 0);
        for (int i = 0; i < 3; i++)
        {
            KafkaProduceException e = await ProducerWorld.Failure(world.Send($"c{i}", partition: 0));
            Assert.Equal((DeliveryOutcome.NotWritten, ErrorCode.TopicAuthorizationFailed), (e.Outcome, e.Code));
            await world.Send($"d{i}", partition: 1);
        }

        world.Faults.Clear();
        await world.Send("e", partition: 0);
    });

    [Theory]
    [InlineData(ErrorCode.ClusterAuthorizationFailed)]
    [InlineData(ErrorCode.UnsupportedVersion)]
    public void A_producer_that_may_not_write_idempotently_is_told_at_once(ErrorCode error) => new ProducerWorld().Run(async world =>
    {
        FaultRule rule = world.Faults.Fail(ApiKey.InitProducerId, error);
        KafkaProduceException e = await ProducerWorld.Failure(world.Send("a"));
        Assert.Equal((DeliveryOutcome.NotWritten, error), (e.Outcome, e.Code));
        Assert.Contains("EnableIdempotence", e.Message);
        Assert.True(world.Simulation.Now < TimeSpan.FromSeconds(5));
        rule.Remove();
        await world.Send("b");
        Assert.Equal(["b"], world.LogValues());
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_serialiser_that_throws_fails_its_own_record_and_leaves_the_batch_as_it_was(bool isKey) =>
        new ProducerWorld(new ProducerOptions { Linger = TimeSpan.FromMilliseconds(10) }).Run(async world =>
        {
            Picky picky = new();
            KafkaProducer<string, string> producer = world.Client.CreateProducer<string, string>(
                new ProducerOptions { Linger = TimeSpan.FromMilliseconds(10) }, isKey ? picky : null, isKey ? null : picky);
            await producer.SendAsync(ProducerWorld.Topic, "k", "warm");
            int seen = world.Batches().Count;
            Task<RecordMetadata> before = producer.SendAsync(ProducerWorld.Topic, "k", "before").AsTask();
            Task<RecordMetadata> bad = producer.SendAsync(ProducerWorld.Topic, isKey ? "bad" : "k", isKey ? "v" : "bad").AsTask();
            Assert.True(bad.IsFaulted, "told at the call");
            KafkaSerializationException e = await Assert.ThrowsAsync<KafkaSerializationException>(() => bad);
            Assert.IsType<FormatException>(e.InnerException);
            Assert.Throws<KafkaSerializationException>(() => producer.TrySend(ProducerWorld.Topic, isKey ? "bad" : "k", isKey ? "v" : "bad"));
            Task<RecordMetadata> after = producer.SendAsync(ProducerWorld.Topic, "k", "after").AsTask();
            Assert.Equal((1L, 2L), ((await before).Offset, (await after).Offset));
            Assert.Equal(["0/1 before,after None"], world.Seen()[seen..]);
            await producer.DisposeAsync();
            Assert.Equal(0, producer.Engine.Memory.Used);
        });

    [Fact]
    public void A_send_after_the_end_is_refused() => new ProducerWorld().Run(async world =>
    {
        await world.Send("a");
        await world.Producer.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => world.Send("b"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => world.Producer.EnqueueAsync(ProducerWorld.Topic, null, "c").AsTask());
        Assert.Throws<ObjectDisposedException>(() => world.Producer.TrySend(ProducerWorld.Topic, null, "d"));
        Assert.Throws<ObjectDisposedException>(() => world.Producer.ForTopic(ProducerWorld.Topic));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => world.Send("e", topic: "other"));
        Assert.Equal(["a"], world.LogValues());
    });

    [Fact]
    public void TrySend_says_no_while_memory_is_full_and_yes_when_there_is_some_again() =>
        new ProducerWorld(new ProducerOptions { BufferMemoryBytes = 16 * 1024, MaxRequestSizeBytes = 8 * 1024, BatchSizeBytes = 4 * 1024 }).Run(async world =>
        {
            await world.Send("a");
            HeldRequests held = world.Faults.Hold(RequestMatch.Of(ApiKey.Produce).Once());
            int taken = 0;
            while (world.Producer.TrySend(ProducerWorld.Topic, null, $"{taken:d4} {new string('x', 1000)}"))
            {
                taken++;
                Assert.True(taken < 100, "memory is bounded");
            }

            Assert.InRange(taken, 4, 16);
            Assert.InRange(world.Producer.Engine.Memory.Used, 0, 16 * 1024);
            Assert.False(world.Producer.TrySend(ProducerWorld.Topic, null, new string('x', 1000)));
            await held.WaitForHeldAsync();
            await held.ReleaseAllAsync();
            await world.Producer.FlushAsync();
            Assert.True(world.Producer.TrySend(ProducerWorld.Topic, null, "last"));
            await world.Producer.FlushAsync();
            Assert.Equal(taken + 2, world.LogValues().Length);
        });

    [Fact]
    public void A_send_that_is_cancelled_before_it_is_in_a_batch_is_not_sent() => new ProducerWorld().Run(async world =>
    {
        using CancellationTokenSource cancellation = new();
        Task<RecordMetadata> waiting = world.Send("cancelled", topic: "late", cancellationToken: cancellation.Token);
        Task<RecordMetadata> other = world.Send("other", topic: "late");
        await world.Delay(1);
        cancellation.Cancel();
        Assert.Equal(cancellation.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting)).CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => world.Send("dead before", cancellationToken: new CancellationToken(true)));
        await world.Cluster.CreateTopicAsync("late", 1);
        await other;
        Assert.Equal([(0L, "other")], world.Log(topic: "late"));
        Assert.Empty(world.Log());
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_send_that_is_cancelled_in_a_batch_is_sent_all_the_same(bool isInFlight) =>
        new ProducerWorld(new ProducerOptions { Linger = TimeSpan.FromSeconds(isInFlight ? 0 : 1) }).Run(async world =>
        {
            await world.Send("a");
            HeldRequests held = world.Faults.Hold(RequestMatch.Of(ApiKey.Produce).Once());
            using CancellationTokenSource cancellation = new();
            Task<RecordMetadata> cancelled = world.Send("cancelled", cancellationToken: cancellation.Token);
            Task<RecordMetadata> other = world.Send("other");
            if (isInFlight)
            {
                await held.WaitForHeldAsync();
            }

            cancellation.Cancel();
            Assert.Equal(cancellation.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled)).CancellationToken);
            await held.WaitForHeldAsync();
            Assert.False(other.IsCompleted, "the others wait on");
            await held.ReleaseAllAsync();
            await other;
            Assert.Equal(["a", "cancelled", "other"], world.LogValues());
        });

    /// <summary>Writes half of what it does not like, and throws.</summary>
    private sealed class Picky : ISerializer<string>
    {
        public bool IsNull(string value) => false;

        public void Serialize(string value, IBufferWriter<byte> destination)
        {
            Encoding.UTF8.GetBytes(value, destination);
            if (value == "bad")
            {
                throw new FormatException("no");
            }
        }
    }
}
