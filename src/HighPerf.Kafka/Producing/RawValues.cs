using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Producing;

/// <summary>Values without keys of one call, as bytes.</summary>
internal readonly struct RawValues : IRecordSource
{
    private readonly RawSender _sender;
    private readonly ReadOnlyMemory<ReadOnlyMemory<byte>> _values;

    public RawValues(RawSender sender, ReadOnlyMemory<ReadOnlyMemory<byte>> values)
    {
        _sender = sender;
        _values = values;
    }

    public int Count => _values.Length;

    public bool TryAppend(int index, ref AckRequest ack, ref RecordProgress progress)
    {
        if (!_sender.Topic.IsOpen)
        {
            return false;
        }

        NullableBytes value = new(_values.Span[index].Span);
        return _sender.Append(NullableBytes.Null, value, default, -1, -1, ref ack, ref progress) == AppendResult.Appended;
    }

    public ValueTask EnqueueSlowAsync(int index, AckRequest ack, RecordProgress progress, CancellationToken cancellationToken) =>
        WaitingAppend.EnqueueAsync(_sender.Engine, new CopiedRecord(_sender, new RawRecord(_values.Span[index].Span)), ack, progress, cancellationToken);
}
