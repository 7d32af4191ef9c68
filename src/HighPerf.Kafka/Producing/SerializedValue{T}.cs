using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Producing;

/// <summary>A value of known size that its serialiser writes straight into the batch.</summary>
internal readonly struct SerializedValue<T> : IRecordValue
{
    private readonly ISpanSerializer<T> _serializer;
    private readonly T _value;

    public SerializedValue(ISpanSerializer<T> serializer, T value, int length)
    {
        _serializer = serializer;
        _value = value;
        Length = length;
    }

    public int Length { get; }

    public int Append(SegmentedBatchWriter writer, in PendingRecord record, NullableBytes key, ReadOnlySpan<RecordHeader> headers)
    {
        // Reserved bytes are not part of the batch before they are committed: a serialiser that throws leaves the batch as it was.
        Span<byte> destination = writer.Reserve(record.Timestamp, key, Length, headers, record.HeadersSize);
        _serializer.Serialize(_value, destination);
        return writer.Commit();
    }
}
