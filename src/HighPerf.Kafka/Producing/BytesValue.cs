using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Producing;

/// <summary>A value whose bytes are there.</summary>
internal readonly ref struct BytesValue : IRecordValue
{
    private readonly NullableBytes _value;

    public BytesValue(NullableBytes value) => _value = value;

    public int Length => _value.Length;

    public int Append(SegmentedBatchWriter writer, in PendingRecord record, NullableBytes key, ReadOnlySpan<RecordHeader> headers) =>
        writer.Append(record.Timestamp, key, _value, headers, record.HeadersSize);
}
