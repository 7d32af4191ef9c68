namespace HighPerf.Kafka.Protocol.Messages;

/// <summary>A request type and the response type that answers it.</summary>
internal interface IKafkaRequest<TSelf, TResponse> : IKafkaMessage<TSelf>
    where TSelf : class, IKafkaRequest<TSelf, TResponse>
    where TResponse : class, IKafkaMessage<TResponse>
{
    static abstract ApiKey ApiKey { get; }
}
