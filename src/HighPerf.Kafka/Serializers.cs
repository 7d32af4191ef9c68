using System.Text.Json.Serialization.Metadata;
using HighPerf.Kafka.Serialization;

namespace HighPerf.Kafka;

/// <summary>
/// The serialisers that come with the client. Producers and consumers find the one for their types by themselves (strings, integers, double, Guid,
/// byte arrays and memory);
/// JSON and your own are named when the producer or consumer is made.
/// </summary>
public static class Serializers
{
    /// <summary>JSON by System.Text.Json, with a source-generated contract (<c>MyContext.Default.Order</c>).</summary>
    public static ISerializer<T> Json<T>(JsonTypeInfo<T> typeInfo) => new JsonSerializer<T>(typeInfo);

    /// <summary>JSON by System.Text.Json, with a source-generated contract. A null key or value gives the type's default.</summary>
    public static IDeserializer<T?> JsonReader<T>(JsonTypeInfo<T> typeInfo) => new JsonSerializer<T>(typeInfo);

    internal static ISerializer<T> SerializerFor<T>() => BuiltIn<T>() as ISerializer<T> ?? throw Missing<T>("serialiser", "CreateProducer");

    internal static IDeserializer<T> DeserializerFor<T>() => BuiltIn<T>() as IDeserializer<T> ?? throw Missing<T>("deserialiser", "CreateConsumer");

    // A chain of type comparisons that the JIT folds for value types, instead of a table that would be mutable static state.
    private static object? BuiltIn<T>() => typeof(T) switch
    {
        Type t when t == typeof(string) => new Utf8StringSerializer(),
        Type t when t == typeof(byte[]) => new ByteArraySerializer(),
        Type t when t == typeof(ReadOnlyMemory<byte>) => new MemorySerializer(),
        Type t when t == typeof(ReadOnlyMemory<byte>?) => new NullableMemorySerializer(),
        Type t when t == typeof(int) => new NumberSerializer<int>(),
        Type t when t == typeof(long) => new NumberSerializer<long>(),
        Type t when t == typeof(short) => new NumberSerializer<short>(),
        Type t when t == typeof(uint) => new NumberSerializer<uint>(),
        Type t when t == typeof(ulong) => new NumberSerializer<ulong>(),
        Type t when t == typeof(ushort) => new NumberSerializer<ushort>(),
        Type t when t == typeof(byte) => new NumberSerializer<byte>(),
        Type t when t == typeof(double) => new DoubleSerializer(),
        Type t when t == typeof(Guid) => new GuidSerializer(),
        _ => null,
    };

    private static KafkaSerializationException Missing<T>(string what, string method) => new(
        $"There is no built-in {what} for {typeof(T)}. Pass one to {method}, for example Serializers.Json(MyContext.Default.{typeof(T).Name}).");
}
