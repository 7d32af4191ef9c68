using System.Buffers;

namespace HighPerf.Kafka.Serialization;

/// <summary>Memory as it is, never null on the wire; what is read is a copy that the reader owns. Stateless.</summary>
internal sealed class MemorySerializer : ISpanSerializer<ReadOnlyMemory<byte>>, IDeserializer<ReadOnlyMemory<byte>>, IInPlaceSerializer
{
    public bool IsNull(ReadOnlyMemory<byte> value) => false;

    public int GetSize(ReadOnlyMemory<byte> value) => value.Length;

    public void Serialize(ReadOnlyMemory<byte> value, Span<byte> destination) => value.Span.CopyTo(destination);

    public void Serialize(ReadOnlyMemory<byte> value, IBufferWriter<byte> destination) => destination.Write(value.Span);

    public ReadOnlyMemory<byte> Deserialize(ReadOnlySpan<byte> data, bool isNull) => data.ToArray();
}
