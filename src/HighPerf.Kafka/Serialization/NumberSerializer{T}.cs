using System.Numerics;

namespace HighPerf.Kafka.Serialization;

/// <summary>Fixed-size integers as Apache Kafka's own serialisers write them: big-endian, two's complement. Stateless.</summary>
internal sealed class NumberSerializer<T> : ISpanSerializer<T>, IDeserializer<T>, IInPlaceSerializer
    where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
{
    private static readonly int Size = T.Zero.GetByteCount();
    private static readonly bool IsUnsigned = T.MinValue == T.Zero;

    public int GetSize(T value) => Size;

    // Not WriteBigEndian: an interface's default member boxes some of the types.
    public void Serialize(T value, Span<byte> destination) => value.TryWriteBigEndian(destination, out _);

    public T Deserialize(ReadOnlySpan<byte> data, bool isNull) => !isNull && data.Length == Size
        ? T.ReadBigEndian(data, IsUnsigned)
        : throw FixedSize.Wrong<T>(Size, data, isNull);
}
