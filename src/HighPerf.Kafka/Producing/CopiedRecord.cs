using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// A record of bytes that waits: a copy of everything, since the spans that it was given as live only during the call. Allocated, but only when a call
/// has to wait.
/// </summary>
internal sealed class CopiedRecord : IWaitingRecord
{
    private readonly RawSender _sender;
    private readonly byte[]? _key;
    private readonly byte[]? _value;
    private readonly RecordHeader[] _headers;
    private readonly int _partition;
    private readonly long _timestamp;

    public CopiedRecord(RawSender sender, in RawRecord record)
    {
        _sender = sender;
        _key = record.IsKeyNull ? null : record.Key.ToArray();
        _value = record.IsValueNull ? null : record.Value.ToArray();
        _headers = record.Headers.ToArray();
        for (int i = 0; i < _headers.Length; i++)
        {
            if (_headers[i].Value is { } value)
            {
                _headers[i] = new RecordHeader(_headers[i].Key, value.ToArray());
            }
        }

        _partition = record.Partition;
        _timestamp = record.Timestamp;
    }

    public ProducerTopic GetTopic() => _sender.Topic;

    public AppendResult TryAppend(ProducerTopic topic, ref AckRequest ack, ref RecordProgress progress) =>
        _sender.Append(_key, _value, _headers, _timestamp, _partition, ref ack, ref progress);
}
