namespace HighPerf.Kafka.Producing;

/// <summary>
/// The end of one call that sends many records: counts what is settled, and keeps what each became. Reports come from several threads. One object for
/// each call, none for a record.
/// </summary>
internal sealed class ManySend : IDeliveryHandler
{
    private readonly TaskCompletionSource _settled = new();
    private readonly Lock _lock = new();
    private readonly int _count;
    private readonly bool _wantsAcknowledgements;
    private Memory<RecordMetadata> _acknowledgements; // owner: _lock; the caller's, until it is detached
    private List<SendFailure>? _failures; // owner: _lock, then the caller
    private int _left; // interlocked: records that are not settled, and one for the call that hands them over

    public ManySend(int count, Memory<RecordMetadata> acknowledgements)
    {
        _count = count;
        _left = count + 1;
        _acknowledgements = acknowledgements;
        _wantsAcknowledgements = !acknowledgements.IsEmpty;
    }

    /// <summary>Completes when every record is acknowledged or has failed. Never faulted.</summary>
    public Task Settled => _settled.Task;

    public void OnDelivered(in DeliveryReport report)
    {
        if (_wantsAcknowledgements || report.Error is not null)
        {
            lock (_lock)
            {
                Keep((int)report.Context, report.Metadata, report.Error);
            }
        }

        Settle(1);
    }

    /// <summary>All records are handed over; some were refused.</summary>
    public void Accepted(List<SendFailure>? refused)
    {
        if (refused is not null)
        {
            lock (_lock)
            {
                foreach (SendFailure failure in refused)
                {
                    Keep(failure.Index, new RecordMetadata("", -1, -1, -1), failure.Error);
                }
            }
        }

        Settle(1 + (refused?.Count ?? 0));
    }

    /// <summary>The caller does not wait any more: nothing is written into its memory from now on.</summary>
    public void Detach()
    {
        lock (_lock)
        {
            _acknowledgements = default;
        }
    }

    /// <summary>After <see cref="Settled"/>.</summary>
    public void ThrowIfAnyFailed()
    {
        if (_failures is not null)
        {
            _failures.Sort(static (a, b) => a.Index.CompareTo(b.Index));
            throw new KafkaSendManyException(_failures, _count, "delivered");
        }
    }

    private void Keep(int index, in RecordMetadata metadata, Exception? error)
    {
        if (error is not null)
        {
            (_failures ??= []).Add(new SendFailure(index, error));
        }

        if (!_acknowledgements.IsEmpty)
        {
            _acknowledgements.Span[index] = metadata;
        }
    }

    private void Settle(int count)
    {
        if (Interlocked.Add(ref _left, -count) == 0)
        {
            _settled.SetResult();
        }
    }
}
