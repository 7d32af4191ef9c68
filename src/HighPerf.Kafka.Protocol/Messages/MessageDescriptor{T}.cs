using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Messages;

/// <summary>The descriptor of <typeparamref name="T"/>.</summary>
internal sealed class MessageDescriptor<T> : MessageDescriptor
    where T : class, IKafkaMessage<T>, new()
{
    public MessageDescriptor(MessageKind kind, ApiKey? apiKey, short? flexibleFrom, bool isLatestVersionUnstable)
        : base(kind, apiKey, flexibleFrom, isLatestVersionUnstable)
    {
    }

    public override string Name => T.Name;

    public override short MinVersion => T.MinVersion;

    public override short MaxVersion => T.MaxVersion;

    public override IKafkaMessage Create() => new T();

    public override IKafkaMessage Read(ref KafkaReader reader, short version) => T.Read(ref reader, version);

    protected override string DescribeField(ulong path, int depth) => T.DescribeField(path, depth);
}
