namespace HighPerf.Kafka.Consuming.Committing;

/// <content>What the coordinator's answers mean, and what becomes of commits without one.</content>
internal sealed partial class OffsetCommitPipeline
{
    private readonly List<Refusal> _refusals = []; // owner: the loop; of the answer that is being handled
    private KafkaException? _refused; // owner: the loop; why nothing is sent until the membership is another one

    /// <summary>A place that the coordinator refused for good.</summary>
    private readonly record struct Refusal(CursorSlot Slot, CommitPoint Point, KafkaException Error);

    /// <summary>The answer is complete: each entry of <see cref="Flight"/> has its code, or none when the answer does not hold it (G6).</summary>
    /// <param name="now">The time.</param>
    /// <param name="identity">Under which the request was made.</param>
    public void EndAnswer(TimeSpan now, CommitIdentity identity)
    {
        _stage = RequestStage.None;
        ErrorCode wholeCode = ErrorCode.None; // what is to be done about the group or its coordinator, once
        bool anyFailed = false;
        bool anyAcknowledged = false;
        Span<CommitEntry> flight = Flight;
        for (int i = 0; i < flight.Length; i++)
        {
            ref CommitEntry entry = ref flight[i];
            if (entry.Code == ErrorCode.None)
            {
                anyAcknowledged = true;
                Acknowledge(entry);
                continue;
            }

            anyFailed = true;
            CommitVerdict verdict = CommitVerdicts.Of(entry.Code, identity.IsMember);
            if (verdict == CommitVerdict.Refused)
            {
                Refuse(entry, flight, identity);
            }
            else if (verdict != CommitVerdict.Retry || wholeCode == ErrorCode.None)
            {
                wholeCode = entry.Code;
            }
        }

        if (wholeCode != ErrorCode.None)
        {
            if (anyAcknowledged || wholeCode is ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId)
            {
                _backoff.Succeeded(); // a few partitions, and the others are not to wait longer and longer for them
            }

            TryAgainLater(wholeCode, identity, now);
        }
        else
        {
            _backoff.Succeeded();
            _notBefore = TimeSpan.Zero;
            _lastTrouble = null;
        }

        EndFlight(anyFailed);
        CutOffInFlight(now);
        Pump(now);
    }

    /// <summary>There is no answer to the request, and there will be none.</summary>
    public void Failed(KafkaException error, bool maybeSent, TimeSpan now)
    {
        bool wasWritten = _stage == RequestStage.Written;
        _stage = RequestStage.None;
        if (!_wasVoid)
        {
            Lose(error, maybeSent && wasWritten, now);
        }

        if (!wasWritten)
        {
            _flight.Clear();
        }

        EndFlight(anyFailed: true);
        CutOffInFlight(now);
        Pump(now);
    }

    private void Lose(KafkaException error, bool maybeApplied, TimeSpan now)
    {
        _lastTrouble = error;
        if (maybeApplied)
        {
            MarkUncertain(now);
        }

        bool isPassing = error is KafkaTimeoutException or KafkaConnectionException or KafkaProtocolException or KafkaBrokerException { IsRetriable: true };
        if (isPassing || maybeApplied)
        {
            _notBefore = now + _backoff.Failed();
            return;
        }

        // The coordinator cannot be found, or speaks no version that would do: all that was asked for fails, and is kept for who asks again.
        if (_gathering.IsEmpty && _rounds.Count == 0)
        {
            _effects.NotCommitted(error);
        }

        FailAll(error);
        RefuseAllGivenUp(error);
        _isAutoDue = false;
        _notBefore = now + _backoff.Failed();
    }

    private void FailAll(KafkaException error)
    {
        foreach (CommitRound round in _rounds)
        {
            EndRound(round, error);
        }

        _rounds.Clear();
        SettleGathered(error);
    }

    private void Acknowledge(in CommitEntry entry)
    {
        CursorSlot slot = entry.Slot;
        if (!slot.Covers(slot.Acked, entry.Point))
        {
            slot.Acked = entry.Point;
            slot.ForgetEpochsBefore(entry.Point.Offset);
        }

        if (slot.Given is { } given && slot.Covers(slot.Acked, given.Point))
        {
            slot.Given = null;
        }

        // Certain again: written when nothing that came before could be applied after it. Or it is the doubtful one itself, and is answered now.
        if (slot.UncertainUntil != TimeSpan.Zero && (_writtenAt >= slot.UncertainUntil || entry.IsCutOff))
        {
            slot.UncertainUntil = TimeSpan.Zero;
            _uncertain.Remove(slot);
        }
    }

    private void Refuse(in CommitEntry entry, Span<CommitEntry> flight, CommitIdentity identity)
    {
        CursorSlot slot = entry.Slot;
        if (slot.IsGone)
        {
            return;
        }

        KafkaException error = ErrorOf(entry, flight, identity);
        _refusals.Add(new Refusal(slot, entry.Point, error));
        if (entry.Code != CommitEntry.Missing && slot.Given is { } given && given.Point == entry.Point)
        {
            slot.Given = null; // it would be refused again, and all that comes with it; what is stored stays
        }

        if (entry.Code != CommitEntry.Missing && slot.UncertainUntil != TimeSpan.Zero)
        {
            slot.UncertainUntil = TimeSpan.Zero; // it cannot be asserted
            _uncertain.Remove(slot);
        }

        RefuseGivenUp(slot, error);
        if (entry.Code == ErrorCode.FencedInstanceId)
        {
            _fatal = error;
            _refused = error;
        }
    }

    private KafkaException ErrorOf(in CommitEntry entry, Span<CommitEntry> flight, CommitIdentity identity)
    {
        if (entry.Code == CommitEntry.Missing)
        {
            return CommitErrors.Missing(entry, _settings);
        }

        // One exception for all partitions with the same code.
        foreach (Refusal refusal in _refusals)
        {
            if (refusal.Error is KafkaBrokerException known && known.Code == entry.Code)
            {
                return known;
            }
        }

        int count = 0;
        foreach (CommitEntry other in flight)
        {
            count += other.Code == entry.Code ? 1 : 0;
        }

        return CommitErrors.Refused(entry.Code, entry, count, _settings, identity);
    }

    private void TryAgainLater(ErrorCode code, CommitIdentity identity, TimeSpan now)
    {
        CommitEntry first = Flight[0];
        foreach (CommitEntry entry in Flight)
        {
            if (entry.Code == code)
            {
                first = entry;
                break;
            }
        }

        KafkaBrokerException error = CommitErrors.Refused(code, first, _flight.Count, _settings, identity);
        _lastTrouble = error;
        _notBefore = now + _backoff.Failed();
        switch (CommitVerdicts.Of(code, identity.IsMember))
        {
            case CommitVerdict.CoordinatorMoved:
                _effects.CoordinatorMoved(code);
                break;
            case CommitVerdict.Rebalancing:
                _effects.MembershipRefused(code, identity);
                break;
            case CommitVerdict.MembershipEnded:
                if (ReferenceEquals(identity, _identity))
                {
                    // Nothing of ours is accepted until the member is known under another generation or name.
                    _refused = error;
                    RefuseAllGivenUp(error);
                }

                _effects.MembershipRefused(code, identity);
                break;
            case CommitVerdict.Retry when code.RefreshesMetadata():
                _effects.MetadataIsStale();
                break;
            default:
                break;
        }
    }

    /// <summary>Nobody knows whether, and when, the request under way is applied.</summary>
    private void MarkUncertain(TimeSpan now)
    {
        foreach (ref CommitEntry entry in Flight)
        {
            // Of a partition that was assigned anew meanwhile the new assignment heals it.
            CursorSlot slot = entry.Slot;
            if (slot.IsGone && (!_slots.TryGetValue(slot.Partition, out slot!) || slot.IsGone))
            {
                continue;
            }

            if (slot.UncertainUntil == TimeSpan.Zero)
            {
                entry.IsCutOff = ReferenceEquals(slot, entry.Slot);
                _uncertain.Add(slot);
            }

            slot.UncertainUntil = now + _settings.UncertainTime;
        }
    }

    /// <summary>The request is over: its callers are settled, or wait on for what is not acknowledged.</summary>
    private void EndFlight(bool anyFailed)
    {
        CommitRound? flying = _flyingRound;
        _flyingRound = null;
        if (flying is not null)
        {
            bool isSettled = !anyFailed && flying.Entries.Count == 0;
            if (!isSettled && !flying.Waiters.IsEmpty)
            {
                flying.Entries.AddRange(_flight);
                _rounds.Add(flying);
            }
            else
            {
                EndRound(flying, null);
            }
        }

        bool isWaitedFor = _rounds.Count > 0;
        _unacked.RemoveAll(static slot => slot.Settled());
        for (int i = _rounds.Count - 1; i >= 0; i--)
        {
            SettleRound(i);
        }

        if (_fatal is not null)
        {
            FailAll(_fatal);
        }

        if (!isWaitedFor && _refusals.Count > 0)
        {
            _effects.NotCommitted(_refusals[0].Error);
        }

        _refusals.Clear();
        _flight.Clear();
        FailRoundsOfGone(_lastTrouble);
        EndSettledGiveUps();
    }

    private void SettleRound(int index)
    {
        CommitRound round = _rounds[index];
        List<CommitEntry> entries = round.Entries;
        KafkaException? error = null;
        for (int i = entries.Count - 1; i >= 0; i--)
        {
            CommitEntry entry = entries[i];
            if (entry.Slot.Covers(entry.Slot.Acked, entry.Point))
            {
                entries.RemoveAt(i);
            }
            else
            {
                error ??= RefusalOf(entry);
            }
        }

        if (entries.Count == 0 || error is not null)
        {
            _rounds.RemoveAt(index);
            EndRound(round, error);
        }
    }

    private KafkaException? RefusalOf(in CommitEntry entry)
    {
        foreach (Refusal refusal in _refusals)
        {
            if (ReferenceEquals(refusal.Slot, entry.Slot) && entry.Slot.Covers(refusal.Point, entry.Point))
            {
                return refusal.Error;
            }
        }

        return null;
    }
}
