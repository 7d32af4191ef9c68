using System.Buffers;

namespace HighPerf.Kafka.Serialization;

/// <summary>UUIDs as their 16 bytes, most significant first. Stateless.</summary>
internal sealed class GuidSerializer : ISpanSerializer<Guid>, IDeserializer<Guid>, IInPlaceSerializer
{
    private const int Size = 16;

    public bool IsNull(Guid value) => false;

    public int GetSize(Guid value) => Size;

    public void Serialize(Guid value, Span<byte> destination) => value.TryWriteBytes(destination, bigEndian: true, out _);

    public void Serialize(Guid value, IBufferWriter<byte> destination)
    {
        value.TryWriteBytes(destination.GetSpan(Size), bigEndian: true, out _);
        destination.Advance(Size);
    }

    public Guid Deserialize(ReadOnlySpan<byte> data, bool isNull) => !isNull && data.Length == Size
        ? new Guid(data, bigEndian: true)
        : throw new FormatException($"A Guid takes {Size} bytes, not {(isNull ? "null" : data.Length.ToString())}.");
}
