namespace HighPerf.Kafka.Serialization;

/// <summary>Values of a struct type that may be null, on the wire as in the program: a tombstone needs it. Stateless, as what it wraps.</summary>
internal sealed class NullableSerializer<T> : ISpanSerializer<T?>, IDeserializer<T?>, IInPlaceSerializer
    where T : struct
{
    private readonly ISpanSerializer<T> _serializer;
    private readonly IDeserializer<T> _deserializer;

    private NullableSerializer(ISpanSerializer<T> serializer, IDeserializer<T> deserializer)
    {
        _serializer = serializer;
        _deserializer = deserializer;
    }

    /// <summary>Wraps one of ours, which may write into an open batch.</summary>
    public static NullableSerializer<T> Of<TInner>(TInner inner)
        where TInner : ISpanSerializer<T>, IDeserializer<T>, IInPlaceSerializer => new(inner, inner);

    public int GetSize(T? value) => value is { } given ? _serializer.GetSize(given) : -1;

    public void Serialize(T? value, Span<byte> destination)
    {
        if (value is { } given)
        {
            _serializer.Serialize(given, destination);
        }
    }

    public T? Deserialize(ReadOnlySpan<byte> data, bool isNull) => isNull ? null : _deserializer.Deserialize(data, isNull: false);
}
