using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.ObjectPool;

namespace HighPerf.Kafka.Serialization;

/// <summary>
/// JSON through a source-generated contract, so that it needs no reflection. A null value is null on the wire. Writers are pooled: nothing is allocated
/// for a value beyond what System.Text.Json does (it boxes structs that have a converter of their own). Thread-safe.
/// </summary>
internal sealed class JsonSerializer<T> : ISerializer<T>, IDeserializer<T?>
{
    private const int DefaultMaxDepth = 64; // what System.Text.Json takes zero for

    private readonly JsonTypeInfo<T> _typeInfo;
    private readonly DefaultObjectPool<Utf8JsonWriter> _writers; // any thread; a converter that sends a record itself takes another one

    public JsonSerializer(JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        _typeInfo = typeInfo;
        JsonSerializerOptions options = typeInfo.Options;
        _writers = new DefaultObjectPool<Utf8JsonWriter>(new WriterPolicy(new JsonWriterOptions
        {
            Encoder = options.Encoder,
            Indented = options.WriteIndented,
            IndentCharacter = options.IndentCharacter,
            IndentSize = options.IndentSize,
            NewLine = options.NewLine,
            MaxDepth = options.MaxDepth == 0 ? DefaultMaxDepth : options.MaxDepth,
        }));
    }

    public bool IsNull(T value) => value is null;

    public void Serialize(T value, IBufferWriter<byte> destination)
    {
        Utf8JsonWriter writer = _writers.Get();
        try
        {
            writer.Reset(destination);
            JsonSerializer.Serialize(writer, value, _typeInfo);
            writer.Flush();
        }
        finally
        {
            _writers.Return(writer);
        }
    }

    public T? Deserialize(ReadOnlySpan<byte> data, bool isNull) => isNull ? default : JsonSerializer.Deserialize(data, _typeInfo);

    private sealed class WriterPolicy(JsonWriterOptions options) : IPooledObjectPolicy<Utf8JsonWriter>
    {
        public Utf8JsonWriter Create() => new(Stream.Null, options);

        public bool Return(Utf8JsonWriter obj)
        {
            obj.Reset(); // drops what a failed value left
            return true;
        }
    }
}
