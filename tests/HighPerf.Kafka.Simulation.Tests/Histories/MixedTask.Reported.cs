namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <content>Sends whose outcome is reported to a handler, sends bound to a partition, and sends of many records at once.</content>
internal sealed partial class MixedTask : IDeliveryHandler
{
    void IDeliveryHandler.OnDelivered(in DeliveryReport report)
    {
        SentRecord record = _history.Find((int)report.Context);
        record.Reports++;
        record.Metadata = report.IsDelivered ? report.Metadata : null;
        record.Outcome = report.IsDelivered ? null : OutcomeOf(report.Error!);
        _history.Trace($"{record} is reported: {record.Metadata?.ToString() ?? record.Outcome.ToString()}");
    }

    private async Task SendInOtherWaysAsync(string topic, SentRecord record)
    {
        switch (_random.Next(6))
        {
            case 0:
                await SendManyAsync(topic, record);
                break;
            case 1:
                TrySendMany(topic, record);
                break;
            case 2:
                record.IsReported = true;
                TrySendReported(topic, record);
                break;
            case 3:
                _waits.Add(AwaitAsync(() => SendToPartition(topic, record).AsTask(), record));
                break;
            default:
                record.IsReported = true;
                _waits.Add(AcceptAsync(() => EnqueueReported(topic, record).AsTask(), record));
                break;
        }
    }

    private ValueTask EnqueueReported(string topic, SentRecord record)
    {
        _history.Trace($"{record} to {topic}, to be reported");
        return _random.Chance(0.5)
            ? _producer.EnqueueAsync(MakeRecord(topic, record), this, null, record.Number)
            : _producer.ForPartition(topic, _random.Next(MixedProducerHistory.Partitions)).EnqueueAsync(MakeRaw(record), this, null, record.Number);
    }

    private ValueTask<RecordMetadata> SendToPartition(string topic, SentRecord record)
    {
        _history.Trace($"{record} to {topic}, bound");
        return _producer.ForPartition(topic, _random.Next(MixedProducerHistory.Partitions)).SendAsync(MakeRaw(record));
    }

    private void TrySendReported(string topic, SentRecord record)
    {
        try
        {
            record.IsAccepted = _random.Chance(0.5)
                ? _producer.TrySend(MakeRecord(topic, record), this, null, record.Number)
                : _producer.ForTopic(topic).TrySend(MakeRaw(record), this, null, record.Number);
            record.Outcome ??= record.IsAccepted ? null : DeliveryOutcome.NotWritten;
        }
        catch (Exception e) when (e is ObjectDisposedException or KafkaProduceException)
        {
            record.Outcome = DeliveryOutcome.NotWritten;
        }
    }

    private async Task AcceptAsync(Func<Task> accept, SentRecord record)
    {
        try
        {
            await accept();
            record.IsAccepted = true;
        }
        catch (Exception e) when (e is ObjectDisposedException or KafkaProduceException)
        {
            record.Outcome = OutcomeOf(e);
        }
    }

    private async Task AwaitAsync(Func<Task<RecordMetadata>> send, SentRecord record)
    {
        try
        {
            Task<RecordMetadata> sending = send();
            record.Sending = sending;
            record.Metadata = await sending;
            record.IsAccepted = true;
        }
        catch (Exception e) when (e is ObjectDisposedException or KafkaProduceException)
        {
            record.Outcome = OutcomeOf(e);
        }
    }

    // One call puts records into their batches one after the other; another call of this task meanwhile could come between them, so there is none.
    private async Task SendManyAsync(string topic, SentRecord first)
    {
        SentRecord[] records = [first, .. Enumerable.Range(0, _random.Next(12)).Select(_ => AddRecord(hasKey: true))];
        RecordMetadata[] acknowledgements = new RecordMetadata[records.Length];
        Exception?[] errors = new Exception?[records.Length];
        Task sending = _producer.SendManyAsync(records.Select(record => MakeRecord(topic, record)).ToArray(), acknowledgements).AsTask();
        foreach (SentRecord record in records)
        {
            record.Sending = sending;
        }

        try
        {
            await sending;
        }
        catch (KafkaSendManyException e)
        {
            Assert.Equal(e.Failures.Count, e.Failures.Select(static failure => failure.Index).Distinct().Count());
            foreach (SendFailure failure in e.Failures)
            {
                errors[failure.Index] = failure.Error;
            }
        }
        catch (ObjectDisposedException e)
        {
            Array.Fill(errors, e);
        }

        for (int i = 0; i < records.Length; i++)
        {
            records[i].Metadata = errors[i] is null ? acknowledgements[i] : null;
            records[i].Outcome = errors[i] is { } error ? OutcomeOf(error) : null;
            records[i].IsAccepted = errors[i] is null;
        }
    }

    private void TrySendMany(string topic, SentRecord first)
    {
        first.Outcome = DeliveryOutcome.NotWritten; // it may have a key; those here have none
        SentRecord[] records = [.. Enumerable.Range(0, 1 + _random.Next(12)).Select(_ => AddRecord(hasKey: false))];
        int taken = 0;
        try
        {
            taken = _producer.ForTopic(topic).TrySendMany(records.Select(static record => (ReadOnlyMemory<byte>)record.MakeValue()).ToArray());
        }
        catch (ObjectDisposedException)
        {
            // None was taken.
        }

        for (int i = 0; i < records.Length; i++)
        {
            records[i].IsAccepted = i < taken;
            records[i].Outcome = i < taken ? null : DeliveryOutcome.NotWritten;
        }
    }

    private SentRecord AddRecord(bool hasKey)
    {
        int length = Math.Max(_mix.NextLength(), hasKey ? 0 : SentRecord.NumberSize);
        SentRecord record = _history.Add(this, length, hasKey);
        _records.Add(record);
        return record;
    }

    private static RawRecord MakeRaw(SentRecord record) =>
        record.Key is null ? new RawRecord(record.MakeValue()) : new RawRecord(record.Key, record.MakeValue());

    private static DeliveryOutcome OutcomeOf(Exception error) => error switch
    {
        KafkaProduceException failed => failed.Outcome,
        ObjectDisposedException => DeliveryOutcome.NotWritten,
        _ => DeliveryOutcome.MaybeWritten,
    };
}
