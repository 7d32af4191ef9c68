using System.Buffers;
using System.Numerics;

namespace HighPerf.Kafka.Serialization;

/// <summary>Fixed-size integers as Apache Kafka's own serialisers write them: big-endian. Stateless.</summary>
internal sealed class NumberSerializer<T> : ISpanSerializer<T>, IDeserializer<T>, IInPlaceSerializer
    where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
{
    private static readonly int Size = T.Zero.GetByteCount();
    private static readonly bool IsUnsigned = T.MinValue == T.Zero;

    public bool IsNull(T value) => false;

    public int GetSize(T value) => Size;

    public void Serialize(T value, Span<byte> destination) => value.WriteBigEndian(destination);

    public void Serialize(T value, IBufferWriter<byte> destination)
    {
        value.WriteBigEndian(destination.GetSpan(Size));
        destination.Advance(Size);
    }

    public T Deserialize(ReadOnlySpan<byte> data, bool isNull)
    {
        if (isNull || data.Length != Size)
        {
            throw new FormatException($"A {typeof(T).Name} takes {Size} bytes, not {(isNull ? "null" : data.Length.ToString())}.");
        }

        return T.ReadBigEndian(data, IsUnsigned);
    }
}
