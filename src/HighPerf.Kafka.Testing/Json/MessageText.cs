using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Json;

/// <summary>The body of any message between its bytes and its JSON. Unknown tagged fields are not kept.</summary>
internal static class MessageText
{
    /// <exception cref="KafkaProtocolException">The bytes are malformed.</exception>
    public static string ToJson(MessageDescriptor descriptor, short version, ReadOnlySpan<byte> body)
    {
        KafkaReader reader = new(body);
        IKafkaMessage message = descriptor.Read(ref reader, version);
        ArrayBufferWriter<byte> text = new();
        using (Utf8JsonWriter json = new(text, MessageJson.WriterOptions))
        {
            MessageJson.Write(json, descriptor, message, version);
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <exception cref="KafkaProtocolException">The bytes are malformed.</exception>
    public static JsonObject ToNode(MessageDescriptor descriptor, short version, ReadOnlySpan<byte> body) =>
        JsonNode.Parse(ToJson(descriptor, version, body))!.AsObject();

    /// <summary>The bytes of a message, behind <paramref name="room"/> free ones.</summary>
    public static byte[] ToBytes(MessageDescriptor descriptor, short version, JsonObject json, int room = 0)
    {
        using JsonDocument document = JsonDocument.Parse(json.ToJsonString());
        IKafkaMessage message = MessageJson.Read(document.RootElement, descriptor, version);
        byte[] bytes = new byte[room + message.GetSize(version)];
        KafkaWriter writer = new(bytes.AsSpan(room));
        message.Write(ref writer, version);
        return bytes;
    }
}
