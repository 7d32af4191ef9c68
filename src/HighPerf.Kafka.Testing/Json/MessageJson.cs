using System.Text.Encodings.Web;
using System.Text.Json;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Json;

/// <summary>
/// Messages as JSON in the form of Apache Kafka's own converters: field names in lower camel case; bytes and records in base64; UUIDs as their 22 characters
/// of url-safe base64; untagged fields always, tagged ones when they are not at their default; nothing that the version does not have.
/// Unknown tagged fields are not shown.
/// </summary>
internal static partial class MessageJson
{
    /// <summary>Text as it is: only what JSON itself forbids is escaped.</summary>
    public static JsonWriterOptions WriterOptions => new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a message as one JSON object.</summary>
    public static void Write(Utf8JsonWriter json, MessageDescriptor descriptor, IKafkaMessage message, short version) =>
        Find(descriptor).Write(json, message, version);

    /// <summary>Makes a message of a JSON object.</summary>
    /// <exception cref="MessageJsonException">A field is missing, of the wrong type, or not one of this version.</exception>
    public static IKafkaMessage Read(JsonElement json, MessageDescriptor descriptor, short version) => Find(descriptor).Read(json, version);

    private static MessageJsonConverter Find(MessageDescriptor descriptor)
    {
        foreach (MessageJsonConverter converter in s_all)
        {
            if (ReferenceEquals(converter.Descriptor, descriptor))
            {
                return converter;
            }
        }

        throw new ArgumentException($"{descriptor.Name} has no JSON form.", nameof(descriptor));
    }
}
