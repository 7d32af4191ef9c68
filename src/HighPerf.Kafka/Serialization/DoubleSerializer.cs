using System.Buffers;
using System.Buffers.Binary;

namespace HighPerf.Kafka.Serialization;

/// <summary>IEEE 754 doubles, big-endian. Stateless.</summary>
internal sealed class DoubleSerializer : ISpanSerializer<double>, IDeserializer<double>, IInPlaceSerializer
{
    public bool IsNull(double value) => false;

    public int GetSize(double value) => sizeof(double);

    public void Serialize(double value, Span<byte> destination) => BinaryPrimitives.WriteDoubleBigEndian(destination, value);

    public void Serialize(double value, IBufferWriter<byte> destination)
    {
        BinaryPrimitives.WriteDoubleBigEndian(destination.GetSpan(sizeof(double)), value);
        destination.Advance(sizeof(double));
    }

    public double Deserialize(ReadOnlySpan<byte> data, bool isNull) => !isNull && data.Length == sizeof(double)
        ? BinaryPrimitives.ReadDoubleBigEndian(data)
        : throw new FormatException($"A Double takes {sizeof(double)} bytes, not {(isNull ? "null" : data.Length.ToString())}.");
}
