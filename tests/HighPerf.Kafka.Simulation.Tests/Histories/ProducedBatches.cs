using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>The batches of a Produce request with their numbers, for a trace.</summary>
internal static class ProducedBatches
{
    public static string Of(RecordedRequest request)
    {
        if (request.ApiKey != ApiKey.Produce)
        {
            return "";
        }

        KafkaReader reader = new(request.RequestBody.Span);
        ProduceRequest message = ProduceRequest.Read(ref reader, request.Version);
        return string.Concat(message.TopicData.SelectMany(static topic => topic.PartitionData.Select(partition => $"\n    {Describe(topic, partition)}")));
    }

    private static string Describe(ProduceRequest.TopicProduceData topic, ProduceRequest.PartitionProduceData partition)
    {
        RecordBatchReader batches = new(partition.Records);
        if (!batches.TryRead(out RecordBatchView batch))
        {
            return "no batch";
        }

        RecordBatchHeader header = batch.Header;
        string numbers = $"producer {header.ProducerId}/{header.ProducerEpoch}, sequence {header.BaseSequence}";
        return $"{topic.Name}{topic.TopicId:N}-{partition.Index}: {numbers}, {header.RecordCount} records, {header.BatchLength} bytes";
    }
}
