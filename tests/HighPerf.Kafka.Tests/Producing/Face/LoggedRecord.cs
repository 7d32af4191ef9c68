namespace HighPerf.Kafka.Tests.Producing.Face;

/// <summary>One record as it stands in a broker's log: a copy of everything. Null is not empty.</summary>
internal sealed class LoggedRecord
{
    public LoggedRecord(RecordView record)
    {
        Key = record.IsKeyNull ? null : record.Key.ToArray();
        Value = record.IsValueNull ? null : record.Value.ToArray();
        Timestamp = record.Timestamp;
        Offset = record.Offset;
        foreach (RecordHeaderView header in record.Headers)
        {
            Headers.Add((header.Key, header.IsValueNull ? null : Convert.ToHexString(header.Value)));
        }
    }

    public byte[]? Key { get; }

    public byte[]? Value { get; }

    public long Timestamp { get; }

    public long Offset { get; }

    public List<(string Key, string? Value)> Headers { get; } = [];
}
