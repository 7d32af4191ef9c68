namespace HighPerf.Kafka.Producing;

/// <content>What answers mean for a batch, and for the numbers of those behind it.</content>
internal sealed partial class PartitionDelivery
{
    /// <summary>The broker answered.</summary>
    public DeliveryVerdict Answered(ProduceBatch batch, in ProduceAnswer answer)
    {
        switch (answer.Error)
        {
            case ErrorCode.None:
            case ErrorCode.DuplicateSequenceNumber: // P3
                return Acknowledge(batch, answer);

            case ErrorCode.OutOfOrderSequenceNumber or ErrorCode.UnknownProducerId or ErrorCode.InvalidProducerEpoch when _idempotent && batch.IsPassed:
                // The broker remembers five batches only, and wrote later ones: this one is in the log, where nobody can say any more (P3).
                Settle(batch);
                return DeliveryVerdict.Acknowledged;

            case ErrorCode.OutOfOrderSequenceNumber when _idempotent:
                return AnsweredOutOfOrder(batch);

            case ErrorCode.UnknownProducerId when _idempotent:
                return AnsweredUnknown(batch, answer.LogStartOffset);

            case ErrorCode.InvalidProducerEpoch when _idempotent:
                // Only a new epoch mends that. An earlier attempt may still be in the log, if there was one that nobody answered.
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

            case ErrorCode.MessageTooLarge or ErrorCode.RecordListTooLarge when batch.RecordCount > 1 && !batch.IsExpired: // P14
                _draining = true;
                return DeliveryVerdict.Divided;

            case ErrorCode.InvalidRecord or ErrorCode.InvalidTimestamp when answer.NamesRecords && IsCertainlyNotWritten(batch) && !batch.IsExpired: // P14
                _draining = true;
                return DeliveryVerdict.Culled;

            default:
                // A code that no broker is known to answer before it appends leaves open whether it did (P6).
                bool mayBeWritten = !IsToldBeforeAppending(answer.Error);
                batch.MaybeWritten |= mayBeWritten;
                batch.IsUnresolved |= mayBeWritten;
                return answer.Error.IsRetriable() ? Retry(batch) : Refuse(batch);
        }
    }

    private static bool IsToldBeforeAppending(ErrorCode error) => error is
        ErrorCode.CorruptMessage or ErrorCode.LeaderNotAvailable or ErrorCode.MessageTooLarge or ErrorCode.InvalidTopicException or
        ErrorCode.RecordListTooLarge or ErrorCode.NotEnoughReplicas or ErrorCode.InvalidRequiredAcks or ErrorCode.TopicAuthorizationFailed or
        ErrorCode.ClusterAuthorizationFailed or ErrorCode.InvalidTimestamp or ErrorCode.UnsupportedForMessageFormat or ErrorCode.PolicyViolation or
        ErrorCode.FencedLeaderEpoch or ErrorCode.UnknownLeaderEpoch or ErrorCode.UnsupportedCompressionType or ErrorCode.InvalidRecord or
        ErrorCode.ThrottlingQuotaExceeded or ErrorCode.UnknownTopicId or ErrorCode.InconsistentTopicId;

    private DeliveryVerdict Acknowledge(ProduceBatch batch, in ProduceAnswer answer)
    {
        _isAlone = false;
        _lastOffset = answer.BaseOffset < 0 ? _lastOffset : answer.BaseOffset + batch.RecordCount - 1;

        // Written behind a number that was released: the broker does not count as we do.
        _holed |= _released is { } released && released.Covers(batch);
        MarkPassed(batch);
        if (batch.IsPart)
        {
            // Had the whole been written, its parts would not follow the last number.
            ResolveParts(_inFlight, batch);
            ResolveParts(_again, batch);
        }

        Settle(batch);
        return DeliveryVerdict.Acknowledged;
    }

    private DeliveryVerdict Retry(ProduceBatch batch)
    {
        Again(batch);
        return DeliveryVerdict.Retried;
    }

    // Refused for good (P18). An earlier attempt that nobody answered is not answered by this either.
    private DeliveryVerdict Refuse(ProduceBatch batch)
    {
        Abandon(batch);
        _draining = true;
        Settle(batch);
        return DeliveryVerdict.Failed;
    }

    private DeliveryVerdict AnsweredOutOfOrder(ProduceBatch batch)
    {
        bool isBehind = _inFlight[0] != batch || _again.Count > 0;
        if (batch.IsPart && batch.IsUnresolved)
        {
            // The whole may have been written by an attempt that nobody answered: the broker knows its numbers, but no batch that ends where this part does.
            // A refusal then looks the same as one for a part that is missing before this one.
            return isBehind ? Retry(batch) : Refuse(batch);
        }

        if (!isBehind && !_holed && _released is null)
        {
            // First in line: the broker's state of this producer is not ours any more, and only a new epoch mends that. What it has of an earlier attempt
            // nobody knows.
            batch.IsUnresolved = false;
            _holed = true;
            return Retry(batch);
        }

        if (batch.WasLost)
        {
            return AnsweredLostOutOfOrder(batch);
        }

        // Behind a missing batch (P4): the broker knows this producer, so had an earlier attempt been written, this would have been a duplicate.
        batch.MaybeWritten = false;
        batch.IsUnresolved = false;
        return Retry(batch);
    }

    // Its lost attempt may still be under way to the broker, and would be written if what is missing before it were written first.
    private DeliveryVerdict AnsweredLostOutOfOrder(ProduceBatch batch)
    {
        if (_inFlight[0] != batch || _again.Exists(other => other.IsUnresolved && IsBefore(other, batch)) || !_holed)
        {
            return Retry(batch); // what goes before it is settled first
        }

        if (_mayBeFilled)
        {
            // What is missing can still arrive over a connection that is given up, and then this one behind it, until the new epoch does. Under other numbers
            // it could be there twice, so nobody sends it any more.
            Settle(batch);
            return DeliveryVerdict.Failed;
        }

        batch.MaybeWritten = false;
        batch.IsUnresolved = false;
        return Retry(batch);
    }

    // P7: the broker has forgotten the producer. Brokers before 2.4 do when its last record is gone.
    private DeliveryVerdict AnsweredUnknown(ProduceBatch batch, long logStartOffset)
    {
        if (logStartOffset < 0)
        {
            // Nor does it know its log: the partition is moving. The next answer will tell.
            return Retry(batch);
        }

        batch.IsUnresolved = false;
        if (_inFlight[0] == batch && _again.Count == 0 && !_holed && _released is null)
        {
            // Everything acknowledged was removed since: nothing is wrong, and counting begins again. Unless an attempt may still be under way somewhere, which
            // could then be taken for one of the new numbers. If acknowledged records should still be there, the broker has lost its state, perhaps more.
            bool isRemoved = _lastOffset >= 0 && _lastOffset < logStartOffset;
            if (isRemoved && !_anyLost)
            {
                _released = new ReleasedNumbers(batch, 0);
            }
            else
            {
                _holed = true;
            }
        }

        return Retry(batch);
    }

    // A batch with numbers is not sent any more. Whether the numbers can be used again depends on what may have become of it.
    private void Abandon(ProduceBatch batch)
    {
        if (!_idempotent || !batch.HasSequence)
        {
            return;
        }

        if (!IsCertainlyNotWritten(batch))
        {
            _holed = true;
            _mayBeFilled |= batch.WasLost;
        }
        else if (_released is not { } released || !released.Covers(batch))
        {
            _released = new ReleasedNumbers(batch, batch.BaseSequence);
        }
    }

    private static bool IsCertainlyNotWritten(ProduceBatch batch) => !batch.WasLost && !batch.IsUnresolved && !batch.MaybeWritten;

    // Drained: what was refused behind released numbers is counted from there (P18), if nothing else can bear those numbers.
    private void Renumber()
    {
        if (_released is not { } released)
        {
            return;
        }

        _released = null;
        foreach (ProduceBatch batch in _again)
        {
            _holed |= released.Covers(batch) && (batch.WasLost || batch.IsUnresolved);
        }

        if (_holed)
        {
            return;
        }

        _nextSequence = released.Sequence;
        _isAlone |= released.Sequence == 0; // the broker may know nothing of this producer, as in Adopt
        foreach (ProduceBatch batch in _again)
        {
            if (released.Covers(batch))
            {
                batch.ClearSequence();
            }
        }
    }

    // Numbers have no gaps in a log: what may have been written before a batch that is there, was.
    private void MarkPassed(ProduceBatch written)
    {
        if (!_idempotent)
        {
            return;
        }

        MarkPassed(_inFlight, written);
        MarkPassed(_again, written);
    }

    private static void MarkPassed(List<ProduceBatch> batches, ProduceBatch written)
    {
        foreach (ProduceBatch batch in batches)
        {
            batch.IsPassed |= batch.IsUnresolved && IsBefore(batch, written) && batch.Identity == written.Identity;
        }
    }

    private static void ResolveParts(List<ProduceBatch> batches, ProduceBatch written)
    {
        foreach (ProduceBatch batch in batches)
        {
            if (batch.Order == written.Order && batch.Attempts == 0)
            {
                batch.IsUnresolved = false;
                batch.MaybeWritten = false;
            }
        }
    }

    /// <summary>Numbers that a batch had and nobody has now, and those of all that come behind it.</summary>
    /// <param name="Sequence">The first of them.</param>
    private readonly record struct ReleasedNumbers(long Order, int FirstRecord, int Sequence)
    {
        public ReleasedNumbers(ProduceBatch batch, int sequence)
            : this(batch.Order, batch.FirstRecord, sequence)
        {
        }

        /// <summary>Whether the batch stands there, or behind.</summary>
        public bool Covers(ProduceBatch batch) => batch.Order != Order ? batch.Order > Order : batch.FirstRecord >= FirstRecord;
    }
}
