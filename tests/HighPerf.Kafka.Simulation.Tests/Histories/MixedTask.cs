using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>One task of a producer: sends in every way there is, waits now and then, cancels, flushes.</summary>
internal sealed partial class MixedTask
{
    private readonly MixedProducerHistory _history;
    private readonly SimulatedEnvironment _environment;
    private readonly KafkaProducer<byte[]?, byte[]?> _producer;
    private readonly ProducerMix _mix;
    private readonly RandomSource _random;
    private readonly List<Task> _waits = [];
    private readonly List<SentRecord> _records = [];

    public MixedTask(MixedProducerHistory history, KafkaProducer<byte[]?, byte[]?> producer, ProducerMix mix, string name)
    {
        _history = history;
        _environment = history.Environment;
        _producer = producer;
        _mix = mix;
        _random = history.Random;
        Name = name;
    }

    public string Name { get; }

    public ProducerMix Mix => _mix;

    /// <summary>What it tried to send.</summary>
    public IReadOnlyList<SentRecord> Records => _records;

    public async Task RunAsync()
    {
        int count = _random.Next(_mix.MostRecords);
        for (int i = 0; i < count && await SendNextAsync(); i++)
        {
            if (_waits.Count > 0 && _random.Chance(_mix.PauseProbability))
            {
                await (_random.Chance(0.8) ? _waits[_random.Next(_waits.Count)] : Task.WhenAll(_waits));
            }

            if (_random.Chance(_mix.FlushProbability))
            {
                await FlushAsync();
            }
        }

        await Task.WhenAll(_waits);
    }

    // False when the producer is closed.
    private async Task<bool> SendNextAsync()
    {
        string topic = MixedProducerHistory.Topics[_random.Next(MixedProducerHistory.Topics.Length)];
        if (_random.Chance(_mix.OversizeProbability))
        {
            await SendOversizeAsync(topic);
        }

        int length = _mix.NextLength();
        SentRecord record = _history.Add(this, length, length < SentRecord.NumberSize || _random.Chance(0.7));
        _records.Add(record);
        if (_history.IsPicky && _random.Chance(0.5))
        {
            await SendInOtherWaysAsync(topic, record);
            return true;
        }

        switch (_random.Next(10))
        {
            case < 6:
                _waits.Add(SendAsync(topic, record));
                return true;
            case < 8:
                Task enqueued = EnqueueAsync(topic, record);
                await (_random.Chance(0.5) ? enqueued : Task.CompletedTask);
                _waits.Add(enqueued);
                return true;
            default:
                return await TrySendAsync(topic, record);
        }
    }

    private async Task SendAsync(string topic, SentRecord record)
    {
        using CancellationTokenSource cancellation = new();
        try
        {
            Task<RecordMetadata> sending = _producer.SendAsync(MakeRecord(topic, record), cancellation.Token).AsTask();
            record.Sending = sending;
            record.AcceptedAt = _producer.Engine.GetTopic(topic).HasTurns ? null : _environment.Now;
            await CancelSometimesAsync(cancellation);
            record.Metadata = await sending;
            record.IsAccepted = true;
            Assert.Equal(topic, record.Metadata.Value.Topic);
        }
        catch (KafkaProduceException e)
        {
            record.Outcome = e.Outcome;
        }
        catch (ObjectDisposedException)
        {
            record.Outcome = DeliveryOutcome.NotWritten;
        }
        catch (OperationCanceledException)
        {
            record.Outcome = DeliveryOutcome.MaybeWritten; // it may have waited for its place, or for its acknowledgement
            return;
        }

        _history.Trace($"{record}: {record.Metadata?.ToString() ?? record.Outcome.ToString()}");
        if (record.AcceptedAt is { } accepted)
        {
            TimeSpan limit = _mix.Options.DeliveryTimeout + MixedProducerHistory.Slack;
            Assert.True(_environment.Now - accepted <= limit, $"{record} was told after {_environment.Now - accepted}");
        }
    }

    private async Task EnqueueAsync(string topic, SentRecord record)
    {
        using CancellationTokenSource cancellation = new();
        try
        {
            Task enqueuing = _producer.EnqueueAsync(MakeRecord(topic, record), cancellation.Token).AsTask();
            if (!enqueuing.IsCompleted)
            {
                await CancelSometimesAsync(cancellation);
            }

            await enqueuing;
            record.IsAccepted = true;
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            record.Outcome = DeliveryOutcome.NotWritten;
        }
        catch (KafkaProduceException e)
        {
            record.Outcome = e.Outcome;
        }
    }

    private async Task<bool> TrySendAsync(string topic, SentRecord record)
    {
        try
        {
            if (_random.Chance(0.5) || record.Key is null)
            {
                record.IsAccepted = _producer.TrySend(topic, record.Key, record.MakeValue());
            }
            else
            {
                TopicSender sender = _producer.ForTopic(topic);
                while (!(record.IsAccepted = sender.TrySend(record.Key, record.MakeValue())) && _random.Chance(0.7))
                {
                    await sender.WaitToSendAsync(record.Key.Length + record.MakeValue().Length);
                }
            }
        }
        catch (ObjectDisposedException)
        {
            record.Outcome = DeliveryOutcome.NotWritten;
            return false;
        }
        catch (KafkaProduceException e)
        {
            record.Outcome = e.Outcome;
        }

        record.Outcome ??= record.IsAccepted ? null : DeliveryOutcome.NotWritten;
        _history.Trace($"{record} to {topic}: {(record.IsAccepted ? "taken" : "not taken")}");
        return true;
    }

    private async Task SendOversizeAsync(string topic)
    {
        try
        {
            await _producer.SendAsync(topic, null, new byte[_mix.Options.MaxRequestSizeBytes]);
            Assert.Fail("A record larger than a request may be was sent.");
        }
        catch (KafkaProduceException e)
        {
            Assert.Equal(DeliveryOutcome.NotWritten, e.Outcome);
        }
        catch (ObjectDisposedException)
        {
            // Closed before the record was looked at.
        }
    }

    private async Task FlushAsync()
    {
        List<SentRecord> before = [.. _records.Where(static record => record.AcceptedAt is not null)];
        using CancellationTokenSource cancellation = new();
        Task flushing = _producer.FlushAsync(cancellation.Token);
        try
        {
            await CancelSometimesAsync(cancellation);
            await flushing;
        }
        catch (OperationCanceledException)
        {
            return;
        }

        foreach (SentRecord record in before)
        {
            Assert.True(record.Sending!.IsCompleted, $"{record} was accepted before a flush that is over, and is not complete");
        }
    }

    private async Task CancelSometimesAsync(CancellationTokenSource cancellation)
    {
        if (_random.Chance(_mix.CancelProbability))
        {
            await _environment.Wait(TimeSpan.FromMilliseconds(_random.Next(50)));
            cancellation.Cancel();
        }
    }

    private ProduceRecord<byte[]?, byte[]?> MakeRecord(string topic, SentRecord record)
    {
        ProduceRecord<byte[]?, byte[]?> made = new(topic, record.Key, record.MakeValue())
        {
            Partition = _random.Chance(0.5) ? _random.Next(MixedProducerHistory.Partitions) : -1,
            Headers = _random.Chance(0.2) ? [new RecordHeader("task", "header"u8.ToArray()), new RecordHeader("", null)] : null,
        };
        _history.Trace($"{record} to {topic}-{made.Partition}");
        return made;
    }
}
