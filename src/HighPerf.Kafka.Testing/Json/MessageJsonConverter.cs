using System.Text.Json;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Json;

/// <summary>Converts one type of message to JSON and back.</summary>
internal abstract class MessageJsonConverter
{
    public abstract MessageDescriptor Descriptor { get; }

    public abstract void Write(Utf8JsonWriter json, IKafkaMessage message, short version);

    public abstract IKafkaMessage Read(JsonElement json, short version);
}
