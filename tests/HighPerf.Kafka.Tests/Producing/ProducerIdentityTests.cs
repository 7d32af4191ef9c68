using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing;

public class ProducerIdentityTests
{
    private const string Topic = "orders";

    [Fact]
    public async Task P5_an_epoch_is_raised_without_asking_so_that_the_broker_refuses_what_is_still_under_way()
    {
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync();
        await cluster.CreateTopicAsync(Topic);
        await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = cluster.BootstrapServers, Transport = cluster.Transport });
        await using KafkaProducer<string, string> producer = client.CreateProducer<string, string>();
        await producer.SendAsync(Topic, "k", "first");

        // Refused by an error that may come after the append: nobody knows whether the number is used.
        cluster.Faults.Fail(RequestMatch.Of(ApiKey.Produce).Once(), ErrorCode.UnknownServerError);
        KafkaProduceException refused = await Assert.ThrowsAsync<KafkaProduceException>(() => producer.SendAsync(Topic, "k", "second").AsTask());
        Assert.Equal(DeliveryOutcome.MaybeWritten, refused.Outcome);
        await producer.SendAsync(Topic, "k", "third");

        IReadOnlyList<RecordedRequest> requests = cluster.Requests.Snapshot();
        Assert.Single(requests, static request => request.ApiKey == ApiKey.InitProducerId);
        List<RecordBatchHeader> sent = [.. requests.Where(static request => request.ApiKey == ApiKey.Produce).Select(ReadHeader)];
        Assert.Equal([(0, 0), (0, 1), (1, 0)], sent.Select(static header => ((int)header.ProducerEpoch, header.BaseSequence)));
        Assert.Single(sent.Select(static header => header.ProducerId).Distinct());
    }

    private static RecordBatchHeader ReadHeader(RecordedRequest request)
    {
        KafkaReader reader = new(request.RequestBody.Span);
        ProduceRequest message = ProduceRequest.Read(ref reader, request.Version);
        RecordBatchReader batches = new(message.TopicData[0].PartitionData[0].Records);
        Assert.True(batches.TryRead(out RecordBatchView batch));
        return batch.Header;
    }
}
