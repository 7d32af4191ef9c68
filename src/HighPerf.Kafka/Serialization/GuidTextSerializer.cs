namespace HighPerf.Kafka.Serialization;

/// <summary>UUIDs as 36 characters in lower case, which the Java client's UUIDSerializer writes. Stateless.</summary>
internal sealed class GuidTextSerializer : ISpanSerializer<Guid>, IInPlaceSerializer
{
    private const int Size = 36;

    public int GetSize(Guid value) => Size;

    public void Serialize(Guid value, Span<byte> destination) => value.TryFormat(destination, out _, "D");
}
