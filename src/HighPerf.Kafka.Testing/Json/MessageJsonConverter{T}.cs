using System.Text.Json;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Json;

/// <summary>The converter of <typeparamref name="T"/>, from the two functions that are generated for it.</summary>
internal sealed class MessageJsonConverter<T> : MessageJsonConverter
    where T : class, IKafkaMessage<T>
{
    private readonly Action<Utf8JsonWriter, T, short> _write;
    private readonly Func<JsonElement, short, T> _read;

    public MessageJsonConverter(Action<Utf8JsonWriter, T, short> write, Func<JsonElement, short, T> read)
    {
        _write = write;
        _read = read;
    }

    public override MessageDescriptor Descriptor => T.Descriptor;

    public override void Write(Utf8JsonWriter json, IKafkaMessage message, short version) => _write(json, (T)message, version);

    public override IKafkaMessage Read(JsonElement json, short version) => _read(json, version);
}
