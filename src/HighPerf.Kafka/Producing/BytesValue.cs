using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Producing;

/// <summary>A value whose bytes are there.</summary>
internal readonly ref struct BytesValue : IRecordValue
{
    private readonly NullableBytes _value;

    public BytesValue(NullableBytes value) => _value = value;

    public int Length => _value.Length;

    public int Append(RecordBatchWriter writer, long timestamp, NullableBytes key, ReadOnlySpan<RecordHeader> headers) =>
        headers.Length == 0 ? writer.Append(timestamp, key, _value) : writer.Append(timestamp, key, _value, headers);
}
