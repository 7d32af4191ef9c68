using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>What scripted brokers see in Produce requests of one batch, and say to them.</summary>
internal static class ProduceAnswers
{
    public static RecordBatchHeader HeaderOf(ScriptedRequest request)
    {
        RecordBatchReader reader = new(request.Message<ProduceRequest>().TopicData[0].PartitionData[0].Records);
        Assert.True(reader.TryRead(out RecordBatchView batch));
        return batch.Header;
    }

    public static ProduceResponse Of(ScriptedRequest request, ErrorCode error, long baseOffset = -1, long logStartOffset = -1)
    {
        ProduceRequest message = request.Message<ProduceRequest>();
        ProduceResponse.TopicProduceResponse topic = new() { Name = message.TopicData[0].Name, TopicId = message.TopicData[0].TopicId };
        topic.PartitionResponses.Add(new ProduceResponse.PartitionProduceResponse
        {
            Index = message.TopicData[0].PartitionData[0].Index,
            ErrorCode = (short)error,
            BaseOffset = baseOffset,
            LogAppendTimeMs = -1,
            LogStartOffset = logStartOffset,
        });
        return new ProduceResponse { Responses = [topic] };
    }

    public static void Answer(ScriptedConnection connection, ScriptedRequest request, ErrorCode error, long baseOffset = -1, long logStartOffset = -1) =>
        connection.Answer(request, Of(request, error, baseOffset, logStartOffset));
}
