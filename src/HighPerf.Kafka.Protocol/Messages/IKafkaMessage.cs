using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Messages;

/// <summary>A message that can be encoded: its exact size first, then its bytes.</summary>
internal interface IKafkaMessage
{
    /// <summary>The exact number of bytes of the body in <paramref name="version"/>.</summary>
    /// <exception cref="KafkaException">A field holds a value that the version cannot carry and that must not be dropped.</exception>
    int GetSize(short version);

    /// <summary>Writes the body.</summary>
    void Write(ref KafkaWriter writer, short version);
}
