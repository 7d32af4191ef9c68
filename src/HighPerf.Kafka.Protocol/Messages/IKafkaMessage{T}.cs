using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Messages;

/// <summary>A message type: what versions it has and how its body is read.</summary>
internal interface IKafkaMessage<TSelf> : IKafkaMessage
    where TSelf : class, IKafkaMessage<TSelf>
{
    /// <summary>The name in the protocol, for messages to people.</summary>
    static abstract string Name { get; }

    static abstract short MinVersion { get; }

    static abstract short MaxVersion { get; }

    /// <summary>The type as a value.</summary>
    static abstract MessageDescriptor Descriptor { get; }

    /// <summary>Whether the version uses compact types and tagged fields.</summary>
    static abstract bool IsFlexible(short version);

    /// <summary>Reads a body; bytes may be left over in the reader afterwards.</summary>
    /// <exception cref="KafkaProtocolException">The bytes are malformed: names the message, version, field and offset.</exception>
    static abstract TSelf Read(ref KafkaReader reader, short version);

    /// <summary>The name of the field at a path of <see cref="KafkaReader.FieldPath"/> that is <paramref name="depth"/> levels deep.</summary>
    static abstract string DescribeField(ulong path, int depth);
}
