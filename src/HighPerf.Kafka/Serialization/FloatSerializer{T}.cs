using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HighPerf.Kafka.Serialization;

/// <summary>
/// IEEE 754 numbers as Apache Kafka's own serialisers write them: big-endian, every bit kept (the payload of a NaN, too). Stateless.
/// </summary>
internal sealed class FloatSerializer<T> : ISpanSerializer<T>, IDeserializer<T>, IInPlaceSerializer
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public int GetSize(T value) => Unsafe.SizeOf<T>();

    public void Serialize(T value, Span<byte> destination)
    {
        MemoryMarshal.Write(destination, in value);
        if (BitConverter.IsLittleEndian)
        {
            destination[..Unsafe.SizeOf<T>()].Reverse();
        }
    }

    public T Deserialize(ReadOnlySpan<byte> data, bool isNull)
    {
        int size = Unsafe.SizeOf<T>();
        if (isNull || data.Length != size)
        {
            throw FixedSize.Wrong<T>(size, data, isNull);
        }

        Span<byte> bytes = stackalloc byte[size];
        data.CopyTo(bytes);
        if (BitConverter.IsLittleEndian)
        {
            bytes.Reverse();
        }

        return MemoryMarshal.Read<T>(bytes);
    }
}
