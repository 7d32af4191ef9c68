using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// A record's value on its way into a batch: bytes that are there, or a serialiser that writes into the batch itself. A struct, so that the JIT
/// compiles a path for each.
/// </summary>
internal interface IRecordValue
{
    /// <summary>The number of bytes; -1 for null.</summary>
    int Length { get; }

    /// <summary>Appends the record with this value; there is room for it. Returns its offset delta.</summary>
    int Append(SegmentedBatchWriter writer, in PendingRecord record, NullableBytes key, ReadOnlySpan<RecordHeader> headers);
}
