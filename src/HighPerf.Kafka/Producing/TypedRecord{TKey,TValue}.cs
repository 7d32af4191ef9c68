namespace HighPerf.Kafka.Producing;

/// <summary>A typed record that waits: it is serialised when its turn has come.</summary>
internal readonly struct TypedRecord<TKey, TValue> : IWaitingRecord
{
    private readonly ProducerEngine _engine;
    private readonly RecordSender<TKey, TValue> _sender;
    private readonly ProduceRecord<TKey, TValue> _record;

    public TypedRecord(ProducerEngine engine, RecordSender<TKey, TValue> sender, in ProduceRecord<TKey, TValue> record)
    {
        _engine = engine;
        _sender = sender;
        _record = record;
    }

    public ProducerTopic GetTopic() => _engine.GetTopic(_record.Topic);

    public AppendResult TryAppend(ProducerTopic topic, ref AckRequest ack, ref RecordProgress progress) =>
        _sender.TryAppend(topic, _record, ref ack, ref progress);
}
