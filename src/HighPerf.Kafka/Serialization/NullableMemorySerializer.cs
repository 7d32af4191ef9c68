using System.Buffers;

namespace HighPerf.Kafka.Serialization;

/// <summary>Memory that may be null, on the wire as in the program. What is read is a copy that the reader owns. Stateless.</summary>
internal sealed class NullableMemorySerializer : ISpanSerializer<ReadOnlyMemory<byte>?>, IDeserializer<ReadOnlyMemory<byte>?>, IInPlaceSerializer
{
    public bool IsNull(ReadOnlyMemory<byte>? value) => value is null;

    public int GetSize(ReadOnlyMemory<byte>? value) => value?.Length ?? -1;

    public void Serialize(ReadOnlyMemory<byte>? value, Span<byte> destination) => value.GetValueOrDefault().Span.CopyTo(destination);

    public void Serialize(ReadOnlyMemory<byte>? value, IBufferWriter<byte> destination) => destination.Write(value.GetValueOrDefault().Span);

    public ReadOnlyMemory<byte>? Deserialize(ReadOnlySpan<byte> data, bool isNull) => isNull ? null : (ReadOnlyMemory<byte>?)data.ToArray();
}
