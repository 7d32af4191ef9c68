namespace HighPerf.Kafka.Serialization;

/// <summary>Memory as it is, never null on the wire; what is read is a copy that the reader owns. Stateless.</summary>
internal sealed class MemorySerializer
    : ISpanSerializer<ReadOnlyMemory<byte>>, ISpanSerializer<Memory<byte>>, IDeserializer<ReadOnlyMemory<byte>>, IDeserializer<Memory<byte>>, IInPlaceSerializer
{
    public int GetSize(ReadOnlyMemory<byte> value) => value.Length;

    public int GetSize(Memory<byte> value) => value.Length;

    public void Serialize(ReadOnlyMemory<byte> value, Span<byte> destination) => value.Span.CopyTo(destination);

    public void Serialize(Memory<byte> value, Span<byte> destination) => value.Span.CopyTo(destination);

    Memory<byte> IDeserializer<Memory<byte>>.Deserialize(ReadOnlySpan<byte> data, bool isNull) => data.ToArray();

    ReadOnlyMemory<byte> IDeserializer<ReadOnlyMemory<byte>>.Deserialize(ReadOnlySpan<byte> data, bool isNull) => data.ToArray();
}
