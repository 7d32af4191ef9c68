namespace HighPerf.Kafka.Producing;

/// <summary>
/// The sending side of one partition: what is in flight, what must be sent again, and the sequence numbers. A plain state machine: events in, verdicts
/// out; no I/O, no time, no
/// locks. Owner: the producer's loop.
///
/// The one idea: after any failure the partition <em>drains</em>. Nothing more is sent until every batch in flight is answered; then the failed ones,
/// in their order and with their
/// numbers, go before everything that waits. So batches never overtake each other, whatever the order in which answers and failures arrive (P1, P13).
///
/// With idempotence a batch that was refused for good, or expired while it may have been written, leaves a hole in the numbers that the broker will
/// not step over. Then the partition
/// needs a new epoch (P5, P18): batches that may have been written are first sent again under the old one until the broker has said what became of
/// them (the answer is a success, a
/// duplicate, or a refusal because of the hole), and only what was refused is renumbered under the new one. The broker compares epochs partition by
/// partition, so that the
/// other partitions go on under the old epoch until nothing of theirs is open.
/// </summary>
internal sealed class PartitionDelivery
{
    private readonly bool _idempotent;
    private readonly List<ProduceBatch> _inFlight = []; // owner: the producer's loop; in order of sending
    private readonly List<ProduceBatch> _again = []; // owner: the producer's loop; in order of sending
    private ProducerIdentity _identity = ProducerIdentity.None; // owner: the producer's loop
    private int _nextSequence; // owner: the producer's loop
    private bool _draining; // owner: the producer's loop
    private bool _holed; // owner: the producer's loop
    private bool _isAlone; // owner: the producer's loop; see Adopt

    public PartitionDelivery(bool idempotent) => _idempotent = idempotent;

    public int InFlight => _inFlight.Count;

    /// <summary>Whether the partition can go on only under an epoch above <see cref="Identity"/>'s.</summary>
    public bool NeedsNewEpoch => _holed && _inFlight.Count == 0 && !AnyUnresolved();

    public ProducerIdentity Identity => _identity;

    /// <summary>Whether a batch that has no number yet may be taken now.</summary>
    public bool CanTakeNew(int limit) => !_draining && !_holed && _again.Count == 0 && _inFlight.Count < (_isAlone ? 1 : limit);

    /// <summary>Whether a batch that was sent before may be sent again now.</summary>
    public bool CanSendAgain => !_draining && _again.Count > 0 && !NeedsNewEpoch && (!_isAlone || _inFlight.Count == 0);

    /// <summary>Whether anything of this partition is known to the broker, or may be, and not settled.</summary>
    public bool IsSettled => _inFlight.Count == 0 && _again.Count == 0;

    public bool IsInFlight(ProduceBatch batch) => _inFlight.Contains(batch);

    /// <summary>Takes the producer's identity when it is a new one and nothing of this partition is open under the old.</summary>
    public void Adopt(ProducerIdentity current)
    {
        if (!_idempotent || current == _identity || !current.IsKnown)
        {
            return;
        }

        if (_holed ? NeedsNewEpoch : IsSettled)
        {
            _identity = current;
            _nextSequence = 0;
            _holed = false;

            // A broker that knows nothing of a producer takes any number from it. Were the first batch refused and the second one under way, that would be
            // written first. So the first one under an identity goes alone, until the broker has acknowledged it.
            _isAlone = true;
            foreach (ProduceBatch batch in _again)
            {
                batch.ClearSequence();
            }
        }
    }

    /// <summary>Whether a batch waits to be sent again, now or later.</summary>
    public bool HasAgain => _again.Count > 0;

    /// <summary>The next batch to send again, if it is no longer than <paramref name="room"/>; null when there is none.</summary>
    public ProduceBatch? TakeAgain(int room)
    {
        if (!CanSendAgain || _again[0].WireLength > room)
        {
            return null;
        }

        ProduceBatch batch = _again[0];
        _again.RemoveAt(0);
        return batch;
    }

    /// <summary>A batch goes out: gives it its sequence numbers, unless it has them.</summary>
    public void Sending(ProduceBatch batch)
    {
        if (_idempotent && !batch.HasSequence)
        {
            batch.SetSequence(_identity, _nextSequence);
            _nextSequence = SequenceAfter(_nextSequence, batch.RecordCount);
        }

        batch.Attempts++;
        _inFlight.Add(batch);
    }

    /// <summary>There is no answer, and there will be none.</summary>
    public void Lost(ProduceBatch batch, bool maybeSent)
    {
        batch.MaybeWritten |= maybeSent;
        batch.IsUnresolved |= maybeSent;
        batch.WasLost |= maybeSent;
        Again(batch);
    }

    /// <summary>The broker answered.</summary>
    public DeliveryVerdict Answered(ProduceBatch batch, ErrorCode error)
    {
        switch (error)
        {
            case ErrorCode.None:
            case ErrorCode.DuplicateSequenceNumber: // P3
                _isAlone = false;
                MarkPassed(batch);
                Settle(batch);
                return DeliveryVerdict.Acknowledged;

            case ErrorCode.OutOfOrderSequenceNumber when _idempotent && batch.IsPassed:
                // The broker remembers five batches only, and wrote later ones: this one is in the log, where nobody can say any more (P3).
                Settle(batch);
                return DeliveryVerdict.Acknowledged;

            case ErrorCode.OutOfOrderSequenceNumber when _idempotent && (_holed || _inFlight[0] != batch || _again.Count > 0): // P4
                if (!batch.WasLost)
                {
                    // The broker knows this producer: had an earlier attempt been written, this would have been a duplicate.
                    batch.MaybeWritten = false;
                    batch.IsUnresolved = false;
                }
                else if (_holed)
                {
                    // What was missing before it can still arrive over a connection that is given up, and then this one's lost attempt behind it, until the new
                    // epoch does. Under other numbers it could be there twice, so nobody sends it any more.
                    Settle(batch);
                    return DeliveryVerdict.Failed;
                }

                Again(batch);
                return DeliveryVerdict.Retried;

            case ErrorCode.OutOfOrderSequenceNumber when _idempotent:
            case ErrorCode.UnknownProducerId when _idempotent:
            case ErrorCode.InvalidProducerEpoch when _idempotent:
                // First in line and refused: the broker's state of this producer is not ours any more (P7). Only a new epoch mends that. An earlier attempt
                // may still be in the log, if there was one that nobody answered.
                batch.IsUnresolved = false;
                _holed = true;
                Again(batch);
                return DeliveryVerdict.Retried;

            case ErrorCode.NotEnoughReplicasAfterAppend or ErrorCode.RequestTimedOut: // P6
            case ErrorCode.NotLeaderOrFollower or ErrorCode.UnknownTopicOrPartition or ErrorCode.KafkaStorageError: // P6: ends a wait for replicas, too
                batch.MaybeWritten = true;
                batch.IsUnresolved = true;
                Again(batch);
                return DeliveryVerdict.Retried;

            default:
                if (error.IsRetriable())
                {
                    Again(batch);
                    return DeliveryVerdict.Retried;
                }

                // An earlier attempt that nobody answered is not answered by this either; and an unexpected error may come after the append.
                batch.MaybeWritten |= error == ErrorCode.UnknownServerError;
                _holed |= _idempotent;
                Settle(batch);
                return DeliveryVerdict.Failed;
        }
    }

    /// <summary>
    /// The time of batches opened at or before a moment is over. Those in flight keep their place until they are answered, marked; the others leave.
    /// All are added to
    /// <paramref name="expired"/>, to be failed. (P5, P16)
    /// </summary>
    public void Expire(TimeSpan openedBefore, List<ProduceBatch> expired)
    {
        foreach (ProduceBatch batch in _inFlight)
        {
            if (batch.OpenedAt <= openedBefore && !batch.IsExpired)
            {
                batch.IsExpired = true;
                expired.Add(batch);
            }
        }

        while (_again.Count > 0 && _again[0].OpenedAt <= openedBefore)
        {
            ProduceBatch batch = _again[0];
            batch.IsExpired = true;
            GiveUp(batch);
            expired.Add(batch);
        }
    }

    /// <summary>An expired batch came back unsettled: it is not sent again.</summary>
    public void GiveUp(ProduceBatch batch)
    {
        _again.Remove(batch);
        _holed |= _idempotent && batch.HasSequence;
    }

    /// <summary>When the oldest batch that is sent, not settled and not expired was opened.</summary>
    public bool TryGetOldest(out TimeSpan openedAt)
    {
        openedAt = TimeSpan.MaxValue;
        foreach (ProduceBatch batch in _inFlight)
        {
            if (!batch.IsExpired && batch.OpenedAt < openedAt)
            {
                openedAt = batch.OpenedAt;
            }
        }

        if (_again.Count > 0 && _again[0].OpenedAt < openedAt)
        {
            openedAt = _again[0].OpenedAt;
        }

        return openedAt != TimeSpan.MaxValue;
    }

    /// <summary>A sequence number as the broker counts: from 2^31 - 1 on to 0 (P2).</summary>
    public static int SequenceAfter(int sequence, int count) => (int)(((long)sequence + count) & int.MaxValue);

    private void Again(ProduceBatch batch)
    {
        int place = _again.Count;
        while (place > 0 && _again[place - 1].Order > batch.Order)
        {
            place--;
        }

        _again.Insert(place, batch);
        _draining = true;
        Settle(batch);
    }

    private void Settle(ProduceBatch batch)
    {
        _inFlight.Remove(batch);
        _draining &= _inFlight.Count > 0;
    }

    // Numbers have no gaps in a log: what may have been written before a batch that is there, was.
    private void MarkPassed(ProduceBatch written)
    {
        if (!_idempotent)
        {
            return;
        }

        foreach (ProduceBatch batch in _inFlight)
        {
            batch.IsPassed |= batch.IsUnresolved && batch.Order < written.Order && batch.Identity == written.Identity;
        }

        foreach (ProduceBatch batch in _again)
        {
            batch.IsPassed |= batch.IsUnresolved && batch.Order < written.Order && batch.Identity == written.Identity;
        }
    }

    private bool AnyUnresolved()
    {
        foreach (ProduceBatch batch in _again)
        {
            if (batch.IsUnresolved)
            {
                return true;
            }
        }

        return false;
    }
}
