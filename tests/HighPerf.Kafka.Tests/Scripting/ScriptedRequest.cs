using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Tests.Scripting;

/// <summary>A request as a scripted broker received it.</summary>
internal sealed record ScriptedRequest(ApiKey ApiKey, short Version, int CorrelationId, string? ClientId, byte[] Body)
{
    public static ScriptedRequest Read(byte[] frame)
    {
        KafkaReader reader = new(frame);
        RequestHeader header = RequestFrame.ReadHeader(ref reader);
        return new ScriptedRequest(
            (ApiKey)header.RequestApiKey, header.RequestApiVersion, header.CorrelationId, header.ClientId, reader.ReadRaw(reader.Remaining).ToArray());
    }

    public T Message<T>()
        where T : class, IKafkaMessage<T>
    {
        KafkaReader reader = new(Body);
        T message = T.Read(ref reader, Version);
        Assert.Equal(0, reader.Remaining);
        return message;
    }
}
