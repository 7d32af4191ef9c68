using System.Buffers.Text;

namespace HighPerf.Kafka.Serialization;

/// <summary>
/// UUIDs as their 16 bytes, most significant first, as the Kafka protocol itself has them. Reads the text form too, which the Java client's serialiser
/// writes: 36 bytes cannot be mistaken. Stateless.
/// </summary>
internal sealed class GuidSerializer : ISpanSerializer<Guid>, IDeserializer<Guid>, IInPlaceSerializer
{
    private const int Size = 16;

    public int GetSize(Guid value) => Size;

    public void Serialize(Guid value, Span<byte> destination) => value.TryWriteBytes(destination, bigEndian: true, out _);

    public Guid Deserialize(ReadOnlySpan<byte> data, bool isNull)
    {
        if (!isNull && data.Length == Size)
        {
            return new Guid(data, bigEndian: true);
        }

        bool isText = Utf8Parser.TryParse(data, out Guid value, out int length, 'D') && length == data.Length;
        return isText ? value : throw FixedSize.Wrong<Guid>(Size, data, isNull);
    }
}
