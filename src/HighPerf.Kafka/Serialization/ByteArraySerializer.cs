namespace HighPerf.Kafka.Serialization;

/// <summary>Byte arrays as they are; a null array is null on the wire. Stateless.</summary>
internal sealed class ByteArraySerializer : ISpanSerializer<byte[]?>, IDeserializer<byte[]?>, IInPlaceSerializer
{
    public int GetSize(byte[]? value) => value is null ? -1 : value.Length;

    public void Serialize(byte[]? value, Span<byte> destination) => value.CopyTo(destination);

    public byte[]? Deserialize(ReadOnlySpan<byte> data, bool isNull) => isNull ? null : data.ToArray();
}
