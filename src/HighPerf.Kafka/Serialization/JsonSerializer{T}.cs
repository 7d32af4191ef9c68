using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace HighPerf.Kafka.Serialization;

/// <summary>JSON through a source-generated contract, so that it needs no reflection. A null value is null on the wire. Stateless.</summary>
internal sealed class JsonSerializer<T> : ISerializer<T>, IDeserializer<T?>
{
    private readonly JsonTypeInfo<T> _typeInfo;

    public JsonSerializer(JsonTypeInfo<T> typeInfo) => _typeInfo = typeInfo;

    public bool IsNull(T value) => value is null;

    public void Serialize(T value, IBufferWriter<byte> destination)
    {
        using Utf8JsonWriter writer = new(destination);
        JsonSerializer.Serialize(writer, value, _typeInfo);
    }

    public T? Deserialize(ReadOnlySpan<byte> data, bool isNull) => isNull ? default : JsonSerializer.Deserialize(data, _typeInfo);
}
