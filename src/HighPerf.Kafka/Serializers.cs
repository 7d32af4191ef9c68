using System.Text.Json.Serialization.Metadata;
using HighPerf.Kafka.Serialization;

namespace HighPerf.Kafka;

/// <summary>
/// The serialisers that come with the client. Producers and consumers find the one for their types by themselves: strings (UTF-8), byte arrays and
/// memory (as they are), all integers from <see cref="sbyte"/> to <see cref="UInt128"/> and <see cref="Half"/>, <see cref="float"/> and
/// <see cref="double"/> (big-endian), <see cref="bool"/> (one byte) and <see cref="Guid"/> (16 bytes, most significant first). The bytes are those of Apache
/// Kafka's own serialisers, but for <see cref="Guid"/>: see <see cref="GuidText"/>. Where null is wanted on the wire, such as for tombstones, the type is
/// nullable: <c>string?</c>, <c>byte[]?</c>, <c>long?</c>. JSON and your own are named when the producer or consumer is made.
/// </summary>
public static class Serializers
{
    /// <summary>
    /// JSON by System.Text.Json, with a source-generated contract (<c>MyContext.Default.Order</c>), whose options count. A null key or value is null on the
    /// wire, not the JSON literal. Allocates nothing for a value beyond what System.Text.Json
    /// and its converters do: nothing for plain source-generated contracts.
    /// </summary>
    public static ISerializer<T> Json<T>(JsonTypeInfo<T> typeInfo) => new JsonSerializer<T>(typeInfo);

    /// <summary>JSON by System.Text.Json, with a source-generated contract. A null key or value gives the type's default.</summary>
    public static IDeserializer<T?> JsonReader<T>(JsonTypeInfo<T> typeInfo) => new JsonSerializer<T>(typeInfo);

    /// <summary>
    /// UUIDs as text of 36 characters, which is what the Java client's <c>UUIDSerializer</c> writes. Without it a <see cref="Guid"/> takes its 16 bytes.
    /// The deserialiser that comes with the client reads both.
    /// </summary>
    public static ISerializer<Guid> GuidText() => new GuidTextSerializer();

    /// <param name="part">What it is for, as text for people: the key or the value.</param>
    internal static ISerializer<T> SerializerFor<T>(string part) =>
        BuiltIn<T>() as ISerializer<T> ?? throw Missing<T>(part, "serialiser", "CreateProducer", "Json");

    internal static IDeserializer<T> DeserializerFor<T>(string part) =>
        BuiltIn<T>() as IDeserializer<T> ?? throw Missing<T>(part, "deserialiser", "CreateConsumer", "JsonReader");

    // Chains of type comparisons that the JIT folds for value types, instead of a table that would be mutable static state.
    private static object? BuiltIn<T>() => typeof(T) switch
    {
        Type t when t == typeof(string) => new Utf8StringSerializer(),
        Type t when t == typeof(byte[]) => new ByteArraySerializer(),
        Type t when t == typeof(ReadOnlyMemory<byte>) || t == typeof(Memory<byte>) => new MemorySerializer(),
        Type t when t == typeof(ReadOnlyMemory<byte>?) => NullableSerializer<ReadOnlyMemory<byte>>.Of(new MemorySerializer()),
        Type t when t == typeof(Memory<byte>?) => NullableSerializer<Memory<byte>>.Of(new MemorySerializer()),
        Type t when t == typeof(Guid) => new GuidSerializer(),
        Type t when t == typeof(Guid?) => NullableSerializer<Guid>.Of(new GuidSerializer()),
        Type t when t == typeof(bool) => new BooleanSerializer(),
        Type t when t == typeof(bool?) => NullableSerializer<bool>.Of(new BooleanSerializer()),
        _ => Number<T>() ?? NullableNumber<T>(),
    };

    private static object? Number<T>() => typeof(T) switch
    {
        Type t when t == typeof(int) => new NumberSerializer<int>(),
        Type t when t == typeof(long) => new NumberSerializer<long>(),
        Type t when t == typeof(short) => new NumberSerializer<short>(),
        Type t when t == typeof(sbyte) => new NumberSerializer<sbyte>(),
        Type t when t == typeof(uint) => new NumberSerializer<uint>(),
        Type t when t == typeof(ulong) => new NumberSerializer<ulong>(),
        Type t when t == typeof(ushort) => new NumberSerializer<ushort>(),
        Type t when t == typeof(byte) => new NumberSerializer<byte>(),
        Type t when t == typeof(Int128) => new NumberSerializer<Int128>(),
        Type t when t == typeof(UInt128) => new NumberSerializer<UInt128>(),
        Type t when t == typeof(double) => new FloatSerializer<double>(),
        Type t when t == typeof(float) => new FloatSerializer<float>(),
        Type t when t == typeof(Half) => new FloatSerializer<Half>(),
        _ => null,
    };

    private static object? NullableNumber<T>() => typeof(T) switch
    {
        Type t when t == typeof(int?) => NullableSerializer<int>.Of(new NumberSerializer<int>()),
        Type t when t == typeof(long?) => NullableSerializer<long>.Of(new NumberSerializer<long>()),
        Type t when t == typeof(short?) => NullableSerializer<short>.Of(new NumberSerializer<short>()),
        Type t when t == typeof(sbyte?) => NullableSerializer<sbyte>.Of(new NumberSerializer<sbyte>()),
        Type t when t == typeof(uint?) => NullableSerializer<uint>.Of(new NumberSerializer<uint>()),
        Type t when t == typeof(ulong?) => NullableSerializer<ulong>.Of(new NumberSerializer<ulong>()),
        Type t when t == typeof(ushort?) => NullableSerializer<ushort>.Of(new NumberSerializer<ushort>()),
        Type t when t == typeof(byte?) => NullableSerializer<byte>.Of(new NumberSerializer<byte>()),
        Type t when t == typeof(Int128?) => NullableSerializer<Int128>.Of(new NumberSerializer<Int128>()),
        Type t when t == typeof(UInt128?) => NullableSerializer<UInt128>.Of(new NumberSerializer<UInt128>()),
        Type t when t == typeof(double?) => NullableSerializer<double>.Of(new FloatSerializer<double>()),
        Type t when t == typeof(float?) => NullableSerializer<float>.Of(new FloatSerializer<float>()),
        Type t when t == typeof(Half?) => NullableSerializer<Half>.Of(new FloatSerializer<Half>()),
        _ => null,
    };

    private static KafkaSerializationException Missing<T>(string part, string what, string method, string json) => new(
        $"There is no built-in {what} for the {part} type {typeof(T)}. "
        + $"Pass one to {method}, for example Serializers.{json}(MyContext.Default.{typeof(T).Name}).");
}
