namespace HighPerf.Kafka.Serialization;

/// <summary>One byte, 1 or 0, as Apache Kafka's own serialiser writes it. Stateless.</summary>
internal sealed class BooleanSerializer : ISpanSerializer<bool>, IDeserializer<bool>, IInPlaceSerializer
{
    public int GetSize(bool value) => 1;

    public void Serialize(bool value, Span<byte> destination) => destination[0] = value ? (byte)1 : (byte)0;

    public bool Deserialize(ReadOnlySpan<byte> data, bool isNull)
    {
        if (isNull || data.Length != 1)
        {
            throw FixedSize.Wrong<bool>(1, data, isNull);
        }

        return data[0] switch { 0 => false, 1 => true, byte other => throw new FormatException($"A Boolean is 0 or 1, not {other}.") };
    }
}
