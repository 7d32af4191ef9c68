using HighPerf.Kafka.Testing;
using Microsoft.Extensions.Logging;

namespace HighPerf.Kafka.Tests.Producing.Face;

/// <summary>Delivery handlers: each accepted record is reported once, off the loop, whatever the handlers do.</summary>
public sealed class DeliveryHandlerTests
{
    private const string Topic = FaceWorld.Topic;

    [Fact]
    public void Every_accepted_record_is_reported_once_with_what_was_given()
    {
        FaceWorld world = new();
        world.Run<string, int>(new ProducerOptions(), async producer =>
        {
            Reports reports = new(producer);
            object state = new();
            TopicSender topic = producer.ForTopic(Topic);
            PartitionSender partition = producer.ForPartition(Topic, 0);
            Assert.False(topic.TrySend(new RawRecord("early"u8), reports, state, 99)); // not accepted: not reported
            await producer.EnqueueAsync(new ProduceRecord<string, int>(Topic, "k", 0) { Timestamp = 70 }, reports, state, 100); // waits for its topic
            Assert.True(producer.TrySend(new ProduceRecord<string, int>(Topic, "k", 1), reports, state, 101));
            Assert.True(topic.TrySend(new RawRecord("2"u8), reports, state, 102));
            await topic.EnqueueAsync(new RawRecord("3"u8), reports, state, long.MaxValue);
            Assert.True(partition.TrySend(new RawRecord("4"u8), reports, context: long.MinValue));
            await partition.EnqueueAsync(new RawRecord("5"u8), reports);
            await producer.FlushAsync();

            Assert.Equal([100, 101, 102, long.MaxValue, long.MinValue, 0], reports.Told.Select(static r => r.Context));
            Assert.Equal([0, 1, 2, 3, 4, 5], reports.Told.Select(static r => r.Metadata.Offset));
            Assert.Equal([state, state, state, state, null, null], reports.Told.Select(static r => r.State));
            Assert.All(reports.Told, static r => Assert.True(r.IsDelivered && r.Error is null && r.Metadata is { Topic: Topic, Partition: 0 }));
            Assert.Equal(70, reports.Told[0].Metadata.Timestamp);
            Assert.False(reports.WasOnLoop);
        });
    }

    [Fact]
    public void A_record_that_fails_is_reported_with_the_reason_and_one_that_is_refused_by_its_call_alone()
    {
        FaceWorld world = new();
        world.Run<string, int>(new ProducerOptions { MaxRequestSizeBytes = 4096 }, async producer =>
        {
            Reports reports = new(producer);
            TopicSender topic = producer.ForTopic(Topic);
            await topic.SendAsync("k"u8, "v"u8);
            world.Cluster.Faults.Fail(RequestMatch.Of(ApiKey.Produce).Once(), ErrorCode.InvalidRecord);
            await topic.EnqueueAsync(new RawRecord("v"u8), reports, context: 1);
            await producer.FlushAsync();
            Assert.Throws<KafkaProduceException>(() => topic.TrySend(new RawRecord(new byte[5000]), reports, context: 2));
            await Assert.ThrowsAsync<KafkaProduceException>(() => topic.EnqueueAsync(new RawRecord(new byte[5000]), reports, context: 3).AsTask());
            using CancellationTokenSource cancelled = new();
            cancelled.Cancel();
            Assert.True(topic.EnqueueAsync(new RawRecord("v"u8), reports, null, 4, cancelled.Token).IsCanceled);
            await producer.FlushAsync();

            DeliveryReport report = Assert.Single(reports.Told);
            KafkaProduceException error = Assert.IsType<KafkaProduceException>(report.Error);
            Assert.Equal((1L, -1L, false), (report.Context, report.Metadata.Offset, report.IsDelivered));
            Assert.Equal((DeliveryOutcome.NotWritten, ErrorCode.InvalidRecord), (error.Outcome, error.Code));
        });
    }

    [Fact]
    public void What_is_left_at_the_end_is_reported_as_failed()
    {
        FaceWorld world = new();
        world.Run<string, int>(new ProducerOptions { CloseTimeout = TimeSpan.FromSeconds(1) }, async producer =>
        {
            Reports reports = new(producer);
            TopicSender topic = producer.ForTopic(Topic);
            await topic.SendAsync("k"u8, "v"u8);
            HeldRequests held = world.Cluster.Faults.Hold(ApiKey.Produce);
            for (int i = 0; i < 100; i++)
            {
                Assert.True(topic.TrySend(new RawRecord("v"u8), reports, context: i));
            }

            await producer.DisposeAsync();
            Assert.Equal(Enumerable.Range(0, 100).Select(static i => (long)i), reports.Told.Select(static r => r.Context).Order());
            Assert.All(reports.Told, static r => Assert.IsType<KafkaProduceException>(r.Error));
            world.Cluster.Faults.Clear();
            await held.ReleaseAllAsync();
            await world.Environment.Wait(TimeSpan.FromSeconds(1));
        });
    }

    [Fact]
    public void A_handler_that_throws_harms_nobody_and_one_that_sends_may()
    {
        FaceWorld world = new();
        world.Run<string, int>(new ProducerOptions(), async producer =>
        {
            Reports reports = new(producer);
            TopicSender topic = producer.ForTopic(Topic);
            await topic.SendAsync("k"u8, "v"u8);
            Throwing throwing = new();
            Sending sending = new(topic, reports);
            for (int i = 0; i < 200; i++)
            {
                Assert.True(topic.TrySend(new RawRecord("v"u8), i % 3 == 0 ? throwing : i % 3 == 1 ? sending : reports, context: i));
            }

            Task<RecordMetadata> awaited = topic.SendAsync("k"u8, "v"u8).AsTask();
            await awaited;
            await producer.FlushAsync(); // what was there, and what the handlers sent meanwhile
            await producer.FlushAsync();
            Assert.Equal(67, throwing.Calls);
            Assert.Equal(67, world.Log.Lines.Count(static line => line is { Level: LogLevel.Error, Exception.Message: "a user's mistake" }));
            Assert.Equal(67 + 66, reports.Told.Count);
            Assert.Equal(1 + 200 + 67 + 1, world.Records(0).Count);
        });
    }

    [Fact]
    public void A_call_without_a_handler_is_the_callers_mistake()
    {
        FaceWorld world = new();
        world.Run<string, int>(new ProducerOptions(), producer =>
        {
            TopicSender topic = producer.ForTopic(Topic);
            Assert.Throws<ArgumentNullException>(() => topic.TrySend(new RawRecord("v"u8), null!));
            Assert.Throws<ArgumentNullException>(() => { _ = topic.EnqueueAsync(new RawRecord("v"u8), null!); });
            Assert.Throws<ArgumentNullException>(() => producer.TrySend(new ProduceRecord<string, int>(Topic, "k", 1), null!));
            Assert.Throws<ArgumentNullException>(() => { _ = producer.EnqueueAsync(new ProduceRecord<string, int>(Topic, "k", 1), null!); });
            return Task.CompletedTask;
        });
    }

    private sealed class Reports(KafkaProducer<string, int> producer) : IDeliveryHandler
    {
        public List<DeliveryReport> Told { get; } = []; // the simulation has one thread

        public bool WasOnLoop { get; private set; }

        public void OnDelivered(in DeliveryReport report)
        {
            WasOnLoop |= producer.Engine.Loop.IsOwner;
            Told.Add(report);
        }
    }

    private sealed class Throwing : IDeliveryHandler
    {
        public int Calls { get; private set; }

        public void OnDelivered(in DeliveryReport report)
        {
            Calls++;
            throw new InvalidOperationException("a user's mistake");
        }
    }

    private sealed class Sending(TopicSender topic, IDeliveryHandler next) : IDeliveryHandler
    {
        public void OnDelivered(in DeliveryReport report) => Assert.True(topic.TrySend(new RawRecord("again"u8), next, context: report.Context));
    }
}
