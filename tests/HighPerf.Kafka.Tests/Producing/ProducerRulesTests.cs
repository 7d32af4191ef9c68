using System.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Producing;

/// <summary>A whole producer against brokers that answer what the test says; checked is what the brokers saw and what the sender was told.</summary>
public sealed class ProducerRulesTests
{
    private const string Topic = "t";

    private readonly Simulation _simulation = new(1);
    private readonly ScriptedCluster _cluster;
    private readonly List<(long Id, short Epoch, int Sequence, int Records)> _batches = [];
    private readonly Queue<ErrorCode> _answers = new();
    private short _epoch = -1;
    private KafkaClient? _client;

    public ProducerRulesTests()
    {
        _cluster = new ScriptedCluster(_simulation, 1) { Before = Answer };
        _cluster.AddTopic(Topic);
    }

    [Fact]
    public void P1_a_retry_carries_the_same_numbers() => Run(new ProducerOptions(), async producer =>
    {
        _answers.Enqueue(ErrorCode.NotLeaderOrFollower);
        await producer.SendAsync(Topic, "k", "v");
        await producer.SendAsync(Topic, "k", "w");
        Assert.Equal([(1, 0, 0, 1), (1, 0, 0, 1), (1, 0, 1, 1)], _batches);
    });

    [Fact]
    public void P3_a_duplicate_succeeds_without_an_offset() => Run(new ProducerOptions(), async producer =>
    {
        _answers.Enqueue(ErrorCode.DuplicateSequenceNumber);
        Assert.Equal(-1, (await producer.SendAsync(Topic, "k", "v")).Offset);
    });

    [Fact]
    public void P6_a_send_that_nobody_answers_may_be_written() => Run(Short(), async producer =>
    {
        _answers.Enqueue(ErrorCode.NotLeaderOrFollower);
        Enumerable.Repeat(ErrorCode.NotEnoughReplicas, 200).ToList().ForEach(_answers.Enqueue);
        KafkaProduceException e = await Assert.ThrowsAsync<KafkaProduceException>(() => producer.SendAsync(Topic, "k", "v").AsTask());
        Assert.Equal((DeliveryOutcome.MaybeWritten, ErrorCode.NotEnoughReplicas), (e.Outcome, e.Code));
        Assert.Contains("DeliveryTimeout", e.Message);
    });

    [Fact]
    public void P6_a_send_that_is_refused_is_not_written_and_the_next_takes_its_number() => Run(new ProducerOptions(), async producer =>
    {
        _answers.Enqueue(ErrorCode.InvalidRecord);
        KafkaProduceException e = await Assert.ThrowsAsync<KafkaProduceException>(() => producer.SendAsync(Topic, "k", "v").AsTask());
        Assert.Equal((DeliveryOutcome.NotWritten, ErrorCode.InvalidRecord), (e.Outcome, e.Code));
        await producer.SendAsync(Topic, "k", "w");
        Assert.Equal((1L, (short)0, 0, 1), _batches[^1]); // P18
    });

    [Fact]
    public void P8_a_short_loss_of_the_topic_fails_nothing_and_keeps_the_numbers() => Run(new ProducerOptions(), async producer =>
    {
        await producer.SendAsync(Topic, "k", "v");
        MetadataResponse.MetadataResponseTopic topic = _cluster.Topics[Topic];
        _cluster.Topics.Remove(Topic);
        _answers.Enqueue(ErrorCode.UnknownTopicOrPartition);
        Task<RecordMetadata> sending = producer.SendAsync(Topic, "k", "w").AsTask();
        await _simulation.Delay(TimeSpan.FromSeconds(3));
        _cluster.Topics[Topic] = topic;
        await sending;
        Assert.All(_batches, b => Assert.Equal((1L, (short)0), (b.Id, b.Epoch)));
        Assert.Equal(1, _batches[^1].Sequence);
    });

    [Fact]
    public void P13_without_idempotence_a_partition_has_one_batch_in_flight() =>
        Run(new ProducerOptions { Acks = Acks.Leader }, async producer =>
        {
            _answers.Enqueue(ErrorCode.NotLeaderOrFollower);
            await Task.WhenAll(Enumerable.Range(0, 3).Select(i => producer.SendAsync(Topic, "k", $"{i}").AsTask()));
            Assert.All(_batches, b => Assert.Equal((-1L, -1), (b.Id, b.Sequence)));
            Assert.Equal(_batches[0].Records, _batches[1].Records);
        });

    [Fact]
    public void P15_without_acknowledgement_nobody_waits_for_an_answer() => Run(new ProducerOptions { Acks = Acks.None }, async producer =>
    {
        Assert.Equal(-1, (await producer.SendAsync(Topic, "k", "v")).Offset);
        await producer.FlushAsync();
    });

    [Fact]
    public void P16_a_send_to_a_topic_that_is_not_there_ends_with_the_delivery_timeout() => Run(Short(), async producer =>
    {
        TimeSpan before = _simulation.Now;
        KafkaProduceException e = await Assert.ThrowsAsync<KafkaProduceException>(() => producer.SendAsync("other", "k", "v").AsTask());
        Assert.Equal(DeliveryOutcome.NotWritten, e.Outcome);
        Assert.InRange(_simulation.Now - before, TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(2.5));
    });

    [Fact]
    public void A_send_that_waits_for_its_topic_ends_when_the_producer_is_closed() => Run(new ProducerOptions(), async producer =>
    {
        Task<RecordMetadata> sending = producer.SendAsync("other", "k", "v").AsTask();
        await _simulation.Delay(TimeSpan.FromSeconds(1));
        TimeSpan before = _simulation.Now;
        await producer.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => sending);
        Assert.InRange(_simulation.Now - before, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    });

    [Fact]
    public void What_lingers_is_sent_when_somebody_waits_for_memory() => Run(
        new ProducerOptions { Linger = TimeSpan.FromSeconds(30), BufferMemoryBytes = 4096, MaxRequestSizeBytes = 4096 },
        async producer =>
        {
            await producer.SendAsync(Topic, "k", "warm");
            TimeSpan before = _simulation.Now;
            await producer.EnqueueAsync(Topic, "k", new string('x', 3000));
            await producer.EnqueueAsync(Topic, "k", new string('y', 3000));
            Assert.InRange(_simulation.Now - before, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        });

    [Fact]
    public void A_serialiser_that_fails_leaves_nothing_behind()
    {
        _simulation.Run(async () =>
        {
            await using KafkaClient client = _simulation.CreateClient(_simulation.Options("b1"));
            KafkaProducer<string, string> producer = client.CreateProducer<string, string>(null, null, new Failing());
            await Assert.ThrowsAsync<KafkaSerializationException>(() => producer.SendAsync(Topic, "k", "v").AsTask());
            await producer.FlushAsync();
            Assert.Equal(0, producer.Engine.Memory.Used);
            await producer.DisposeAsync();
        });
        Assert.Empty(_batches);
    }

    [Fact]
    public void A_producer_whose_client_is_closed_first_gives_up_at_once() => Run(new ProducerOptions { Linger = TimeSpan.FromSeconds(10) }, async producer =>
    {
        await producer.EnqueueAsync(Topic, "k", "v");
        Task<RecordMetadata> sending = producer.SendAsync(Topic, "k", "w").AsTask();
        TimeSpan before = _simulation.Now;
        await _client!.DisposeAsync();
        await producer.DisposeAsync();
        KafkaProduceException e = await Assert.ThrowsAsync<KafkaProduceException>(() => sending);
        Assert.Equal(DeliveryOutcome.NotWritten, e.Outcome);
        Assert.InRange(_simulation.Now - before, TimeSpan.Zero, TimeSpan.FromSeconds(6));
    });

    [Fact]
    public void A_record_made_by_its_initialiser_alone_names_no_partition_and_no_time()
    {
        ProduceRecord<string, string> record = new() { Topic = Topic };
        Assert.Equal((-1, -1L), (record.Partition, record.Timestamp));
        Assert.Equal((3, 0L), ((record with { Partition = 3 }).Partition, (record with { Timestamp = 0 }).Timestamp));
    }

    private static ProducerOptions Short() => new() { DeliveryTimeout = TimeSpan.FromSeconds(2), RequestTimeout = TimeSpan.FromSeconds(1) };

    private void Run(ProducerOptions options, Func<KafkaProducer<string, string>, Task> test) => _simulation.Run(async () =>
    {
        await using KafkaClient client = _simulation.CreateClient(_simulation.Options("b1"));
        _client = client;
        KafkaProducer<string, string> producer = client.CreateProducer<string, string>(options);
        await test(producer);
        await producer.DisposeAsync();
        Assert.Equal(0, producer.Engine.Memory.Used);
        await client.DisposeAsync();
        Assert.Equal(0, client.Runtime.Buffers.OutstandingBuffers);
    });

    private bool Answer(ScriptedConnection connection, ScriptedRequest request)
    {
        if (request.ApiKey == ApiKey.InitProducerId)
        {
            connection.Answer(request, new InitProducerIdResponse { ProducerId = 1, ProducerEpoch = ++_epoch });
            return true;
        }

        if (request.ApiKey != ApiKey.Produce)
        {
            return false;
        }

        ProduceRequest message = request.Message<ProduceRequest>();
        RecordBatchReader reader = new(message.TopicData[0].PartitionData[0].Records);
        Assert.True(reader.TryRead(out RecordBatchView batch));
        RecordBatchHeader header = batch.Header;
        _batches.Add((header.ProducerId, header.ProducerEpoch, header.BaseSequence, header.RecordCount));
        if (message.Acks == 0)
        {
            return true;
        }

        ErrorCode error = _answers.TryDequeue(out ErrorCode next) ? next : ErrorCode.None;
        ProduceResponse.TopicProduceResponse topic = new() { Name = message.TopicData[0].Name, TopicId = message.TopicData[0].TopicId };
        topic.PartitionResponses.Add(new ProduceResponse.PartitionProduceResponse
        {
            ErrorCode = (short)error, BaseOffset = error == ErrorCode.None ? _batches.Count : -1, LogAppendTimeMs = -1,
        });
        connection.Answer(request, new ProduceResponse { Responses = [topic] });
        return true;
    }

    /// <summary>Writes half of a value and throws.</summary>
    private sealed class Failing : ISpanSerializer<string>
    {
        public bool IsNull(string value) => false;

        public int GetSize(string value) => value.Length;

        public void Serialize(string value, Span<byte> destination) => throw new FormatException("no");

        public void Serialize(string value, IBufferWriter<byte> destination)
        {
            destination.Advance(Math.Min(1, destination.GetSpan(1).Length));
            throw new FormatException("no");
        }
    }
}
