namespace HighPerf.Kafka.Producing;

/// <summary>Typed records of one call.</summary>
internal readonly struct TypedRecords<TKey, TValue> : IRecordSource
{
    private readonly ProducerEngine _engine;
    private readonly RecordSender<TKey, TValue> _sender;
    private readonly ReadOnlyMemory<ProduceRecord<TKey, TValue>> _records;

    public TypedRecords(ProducerEngine engine, RecordSender<TKey, TValue> sender, ReadOnlyMemory<ProduceRecord<TKey, TValue>> records)
    {
        _engine = engine;
        _sender = sender;
        _records = records;
    }

    public int Count => _records.Length;

    public bool TryAppend(int index, ref AckRequest ack, ref RecordProgress progress) =>
        _sender.TryAppend(_records.Span[index], ref ack, ref progress);

    public ValueTask EnqueueSlowAsync(int index, AckRequest ack, RecordProgress progress, CancellationToken cancellationToken) =>
        WaitingAppend.EnqueueAsync(_engine, new TypedRecord<TKey, TValue>(_engine, _sender, _records.Span[index]), ack, progress, cancellationToken);
}
