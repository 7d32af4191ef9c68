namespace HighPerf.Kafka.Producing;

/// <summary>
/// The sending side of one partition: what is in flight, what must be sent again, and the sequence numbers. A plain state machine: events in, verdicts out; no
/// I/O, no time, no locks. Owner: the producer's loop. What answers mean is in <c>PartitionDelivery.Answers.cs</c>.
///
/// The one idea: after any failure the partition <em>drains</em>. Nothing more is sent until every batch in flight is answered; then the failed ones, in their
/// order and with their numbers, go before everything that waits. So batches never overtake each other, whatever the order in which answers and failures
/// arrive (P1, P13).
///
/// A batch that was refused for good releases its numbers. Where every batch behind it was refused, too, they are numbered anew from there (P18). Where one may
/// have been written, or an attempt got no answer and may still be under way, the numbers must not be used again: the hole stays, and the broker will not step
/// over it. Then the partition needs a new epoch (P5): batches that may have been written are first sent again under the old one until the broker has said
/// what became of them (the answer is a success, a duplicate, or a refusal because of the hole), and only what was refused is renumbered under the new one.
/// The broker compares epochs partition by partition, so that the other partitions go on under the old epoch until nothing of theirs is open.
/// </summary>
internal sealed partial class PartitionDelivery
{
    /// <summary>So many batches of a producer a broker remembers, to know one that comes twice (P1).</summary>
    private const int MostInFlight = 5;

    private readonly bool _idempotent;
    private readonly List<ProduceBatch> _inFlight = []; // owner: the producer's loop; in order of sending
    private readonly List<ProduceBatch> _again = []; // owner: the producer's loop; in order of sending
    private ProducerIdentity _identity = ProducerIdentity.None; // owner: the producer's loop
    private int _nextSequence; // owner: the producer's loop
    private bool _draining; // owner: the producer's loop
    private bool _holed; // owner: the producer's loop
    private bool _mayBeFilled; // owner: the producer's loop; whether what makes the hole may still be under way to the broker
    private bool _isAlone; // owner: the producer's loop; see Adopt
    private ReleasedNumbers? _released; // owner: the producer's loop; acted upon when the partition is drained
    private bool _anyLost; // owner: the producer's loop; whether an attempt under the identity got no answer
    private long _lastOffset = -1; // owner: the producer's loop; of the last record that was acknowledged with its offset

    public PartitionDelivery(bool idempotent) => _idempotent = idempotent;

    public int InFlight => _inFlight.Count;

    /// <summary>Whether the partition can go on only under an epoch above <see cref="Identity"/>'s.</summary>
    public bool NeedsNewEpoch => _holed && _inFlight.Count == 0 && !AnyUnresolved();

    public ProducerIdentity Identity => _identity;

    /// <summary>The number of the first record under the next identity: 0, but where a test begins near the end of the numbers.</summary>
    public int FirstSequence { get; set; }

    /// <summary>Whether a batch that has no number yet may be taken now.</summary>
    public bool CanTakeNew(int limit) => !_draining && !_holed && _again.Count == 0 && _inFlight.Count < (_isAlone ? 1 : limit);

    /// <summary>Whether a batch that was sent before may be sent again now. Parts of one that was too large may be more than five (P14).</summary>
    public bool CanSendAgain => !_draining && _again.Count > 0 && !NeedsNewEpoch && _inFlight.Count < (_isAlone || !_idempotent ? 1 : MostInFlight);

    /// <summary>Whether anything of this partition is known to the broker, or may be, and not settled.</summary>
    public bool IsSettled => _inFlight.Count == 0 && _again.Count == 0;

    /// <summary>Whether a batch waits to be sent again, now or later.</summary>
    public bool HasAgain => _again.Count > 0;

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
            _nextSequence = FirstSequence;
            _holed = false;
            _mayBeFilled = false;
            _released = null;
            _anyLost = false;

            // A broker that knows nothing of a producer takes any number from it. Were the first batch refused and the second one under way, that would be
            // written first. So the first one under an identity goes alone, until the broker has acknowledged it.
            _isAlone = true;
            foreach (ProduceBatch batch in _again)
            {
                batch.ClearSequence();
                batch.WasLost = false; // the broker refuses what comes under the old epoch from now on
            }
        }
    }

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
        _anyLost |= maybeSent;
        Again(batch);
    }

    /// <summary>
    /// Parts take the place of a batch that was <see cref="DeliveryVerdict.Divided"/>: each record keeps its number. Or the records that are left of one that
    /// was <see cref="DeliveryVerdict.Culled"/>: its numbers are released.
    /// </summary>
    public void Replace(ProduceBatch whole, IReadOnlyList<ProduceBatch> parts, bool keepNumbers)
    {
        int sequence = whole.BaseSequence;
        int first = whole.FirstRecord;
        foreach (ProduceBatch part in parts)
        {
            part.FirstRecord = first;
            part.IsPart = whole.IsPart || keepNumbers;
            first += part.RecordCount;
            if (!keepNumbers || !whole.HasSequence)
            {
                continue;
            }

            part.SetSequence(whole.Identity, sequence);
            sequence = SequenceAfter(sequence, part.RecordCount);
            part.MaybeWritten = whole.MaybeWritten;
            part.IsUnresolved = whole.IsUnresolved;
            part.WasLost = whole.WasLost;
        }

        if (!keepNumbers)
        {
            Abandon(whole);
        }

        foreach (ProduceBatch part in parts)
        {
            InsertAgain(part);
        }

        Settle(whole);
    }

    /// <summary>
    /// The time of batches opened at or before a moment is over. Those in flight keep their place until they are answered, marked; the others leave. All are
    /// added to <paramref name="expired"/>, to be failed. (P5, P16)
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
        Abandon(batch);
        Settle(batch);
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
        InsertAgain(batch);
        _draining = true;
        Settle(batch);
    }

    private void InsertAgain(ProduceBatch batch)
    {
        int place = _again.Count;
        while (place > 0 && IsBefore(batch, _again[place - 1]))
        {
            place--;
        }

        _again.Insert(place, batch);
    }

    private void Settle(ProduceBatch batch)
    {
        _inFlight.Remove(batch);
        if (_inFlight.Count == 0)
        {
            _draining = false;
            Renumber();
        }
    }

    private static bool IsBefore(ProduceBatch batch, ProduceBatch other) =>
        batch.Order != other.Order ? batch.Order < other.Order : batch.FirstRecord < other.FirstRecord;

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
