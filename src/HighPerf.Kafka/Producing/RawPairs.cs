using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Producing;

/// <summary>Keys and values of one call, as bytes.</summary>
internal readonly struct RawPairs : IRecordSource
{
    private readonly RawSender _sender;
    private readonly ReadOnlyMemory<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> _pairs;

    public RawPairs(RawSender sender, ReadOnlyMemory<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> pairs)
    {
        _sender = sender;
        _pairs = pairs;
    }

    public int Count => _pairs.Length;

    public bool TryAppend(int index, ref AckRequest ack, ref RecordProgress progress)
    {
        if (!_sender.Topic.IsOpen)
        {
            return false;
        }

        (ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) = _pairs.Span[index];
        return _sender.Append(new NullableBytes(key.Span), new NullableBytes(value.Span), default, -1, -1, ref ack, ref progress) == AppendResult.Appended;
    }

    public ValueTask EnqueueSlowAsync(int index, AckRequest ack, RecordProgress progress, CancellationToken cancellationToken)
    {
        (ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) = _pairs.Span[index];
        CopiedRecord record = new(_sender, new RawRecord(key.Span, value.Span));
        return WaitingAppend.EnqueueAsync(_sender.Engine, record, ack, progress, cancellationToken);
    }
}
