namespace HighPerf.Kafka.Consuming.Committing;

/// <content>What ends: partitions that are given up or lost, waiters whose time is over, the whole at closing.</content>
internal sealed partial class OffsetCommitPipeline
{
    private readonly List<GiveUp> _givingUp = []; // owner: the loop
    private Quiesce? _quiesce; // owner: the loop

    /// <summary>Who waits for nothing being in flight.</summary>
    private sealed record Quiesce(TimeSpan Deadline, Action OnDone);

    /// <summary>
    /// Closes the slots, takes their last offsets and commits them; then tells <paramref name="onDone"/>, once: null, or what was not committed. Uncertain
    /// commits are asserted again before that (S1b). At the deadline it ends in any case. The partitions cannot be committed any more
    /// from the moment of the call.
    /// </summary>
    public void GiveUp(IReadOnlyList<CursorSlot> slots, TimeSpan deadline, Action<KafkaException?> onDone, TimeSpan now)
    {
        GiveUp giveUp = new([], deadline, onDone);
        bool isAsked = _settings.IsAutomatic || !_gathering.IsEmpty;
        if (isAsked)
        {
            TakeStored(); // in the order of the list, so that a slot's last offset is the last thing that is taken of it
        }

        foreach (CursorSlot slot in slots)
        {
            if (slot.IsGone || slot.IsClosed)
            {
                continue;
            }

            long last = slot.Close();
            if (isAsked && last >= 0)
            {
                RaiseStored(slot, last);
            }

            giveUp.Open.Add(slot);
        }

        _givingUp.Add(giveUp);
        EndSettledGiveUps();
        Pump(now);
    }

    /// <summary>The partitions are not ours any more: nothing of them is committed, and who waits for them fails.</summary>
    public void Drop(IReadOnlyList<CursorSlot> slots, KafkaException? why, TimeSpan now)
    {
        foreach (CursorSlot slot in slots)
        {
            slot.Close();
            if (slot.IsUnacked)
            {
                RefuseGivenUp(slot, CommitErrors.GoneBeforeCommit(new CommitEntry(slot, slot.Target, []), _settings, why));
            }

            Forget(slot);
        }

        FailRoundsOfGone(why);
        EndSettledGiveUps();
        Pump(now);
    }

    /// <summary>
    /// Closes the gate and tells <paramref name="onDone"/> once no commit is in flight (G4). At the deadline one that still is counts as uncertain, and
    /// <paramref name="onDone"/> is told all the same.
    /// </summary>
    public void CloseGate(TimeSpan deadline, Action onDone, TimeSpan now)
    {
        _isGateOpen = false;
        if (_stage != RequestStage.Written)
        {
            // One that was handed over finds the gate closed when it is about to be written.
            _effects.Tell(onDone);
            return;
        }

        Action? before = _quiesce?.OnDone;
        _quiesce = new Quiesce(deadline, before is null ? onDone : before + onDone);
        CutOffInFlight(now);
    }

    /// <summary>Commits may be sent again.</summary>
    public void OpenGate(TimeSpan now)
    {
        _isGateOpen = true;
        Pump(now);
    }

    /// <summary>Every slot that is not closed, in the order of partitions.</summary>
    public List<CursorSlot> ListOpen() => [.. _slots.Values.OrderBy(static slot => slot.Partition).Where(static slot => !slot.IsClosed)];

    /// <summary>Fails everybody who still waits. Nothing is sent any more.</summary>
    public void Close()
    {
        _isGateOpen = false;
        _nextTimeout = TimeSpan.MaxValue;
        Action? quiesced = _quiesce?.OnDone;
        _quiesce = null;
        if (quiesced is not null)
        {
            _effects.Tell(quiesced);
        }

        while (_givingUp.Count > 0)
        {
            GiveUp giveUp = _givingUp[^1];
            _givingUp.RemoveAt(_givingUp.Count - 1);
            End(giveUp, giveUp.Failure ?? new KafkaConnectionException("The consumer was closed."));
        }

        SettleGathered(CommitErrors.Closed(_settings));
        if (_flyingRound is { } flying)
        {
            _flyingRound = null;
            EndRound(flying, CommitErrors.Closed(_settings));
        }

        foreach (CommitRound round in _rounds)
        {
            EndRound(round, CommitErrors.Closed(_settings));
        }

        _rounds.Clear();
        _unacked.Clear();
        _uncertain.Clear();
    }

    private bool IsAnyGivenUp()
    {
        foreach (GiveUp giveUp in _givingUp)
        {
            foreach (CursorSlot slot in giveUp.Open)
            {
                if (slot.IsUnacked)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private void CutOffInFlight(TimeSpan now)
    {
        if (_quiesce is not { } quiesce || (quiesce.Deadline > now && _stage == RequestStage.Written))
        {
            return;
        }

        // Its answer may still come; until then it is one of those of which nobody knows whether, and when, they are applied.
        if (_stage == RequestStage.Written)
        {
            MarkUncertain(now);
        }

        _quiesce = null;
        _effects.Tell(quiesce.OnDone);
    }

    private void EndLateGiveUps(TimeSpan now)
    {
        for (int i = _givingUp.Count - 1; i >= 0; i--)
        {
            GiveUp giveUp = _givingUp[i];
            if (giveUp.Deadline > now)
            {
                continue;
            }

            _givingUp.RemoveAt(i);
            KafkaException? failure = giveUp.Failure;
            foreach (CursorSlot slot in giveUp.Open)
            {
                failure ??= CommitErrors.NotGivenUpInTime(slot, _settings, _lastTrouble);
                Forget(slot);
            }

            FailRoundsOfGone(failure);
            End(giveUp, failure);
        }
    }

    /// <summary>Ends what has nothing to wait for any more.</summary>
    private void EndSettledGiveUps()
    {
        for (int i = _givingUp.Count - 1; i >= 0; i--)
        {
            GiveUp giveUp = _givingUp[i];
            List<CursorSlot> open = giveUp.Open;
            for (int j = open.Count - 1; j >= 0; j--)
            {
                CursorSlot slot = open[j];
                if (IsSettled(slot))
                {
                    open.RemoveAt(j);
                    Forget(slot);
                }
            }

            if (open.Count == 0)
            {
                _givingUp.RemoveAt(i);
                FailRoundsOfGone(giveUp.Failure);
                End(giveUp, giveUp.Failure);
            }
        }
    }

    private void End(GiveUp giveUp, KafkaException? failure) => _effects.Tell(() => giveUp.OnDone(failure));

    private static bool IsSettled(CursorSlot slot) =>
        slot.IsGone || slot.IsRefused || (!slot.IsUnacked && slot.UncertainUntil == TimeSpan.Zero);

    /// <summary>What is being given up and was refused for good is settled so.</summary>
    private void RefuseGivenUp(CursorSlot slot, KafkaException error)
    {
        foreach (GiveUp giveUp in _givingUp)
        {
            if (giveUp.Open.Contains(slot))
            {
                slot.IsRefused = true;
                giveUp.Failure ??= error;
            }
        }
    }

    /// <summary>The membership was refused: what is being given up cannot be committed any more.</summary>
    private void RefuseAllGivenUp(KafkaException error)
    {
        foreach (GiveUp giveUp in _givingUp)
        {
            foreach (CursorSlot slot in giveUp.Open)
            {
                slot.IsRefused = true;
            }

            giveUp.Failure ??= error;
        }
    }

    private void Forget(CursorSlot slot)
    {
        if (slot.IsGone)
        {
            return;
        }

        slot.IsGone = true;
        bool isSucceeded = _slots.TryGetValue(slot.Partition, out CursorSlot? last) && last != slot;
        if (!isSucceeded)
        {
            _slots.Remove(slot.Partition);
        }

        _slotsWithoutId -= slot.TopicId == Guid.Empty ? 1 : 0;
        if (slot.IsUnacked)
        {
            slot.IsUnacked = false;
            _unacked.Remove(slot);
        }

        if (slot.UncertainUntil != TimeSpan.Zero)
        {
            if (isSucceeded && last!.UncertainUntil == TimeSpan.Zero)
            {
                last.UncertainUntil = slot.UncertainUntil; // its time was over before the doubt: who comes after it heals it
                _uncertain.Add(last);
            }

            slot.UncertainUntil = TimeSpan.Zero;
            _uncertain.Remove(slot);
        }
    }

    private void FailRoundsOfGone(KafkaException? why)
    {
        for (int i = _rounds.Count - 1; i >= 0; i--)
        {
            CommitRound round = _rounds[i];
            foreach (CommitEntry entry in round.Entries)
            {
                if (entry.Slot.IsGone && !entry.Slot.Covers(entry.Slot.Acked, entry.Point))
                {
                    _rounds.RemoveAt(i);
                    EndRound(round, CommitErrors.GoneBeforeCommit(entry, _settings, why));
                    break;
                }
            }
        }
    }

    private void TimeOutWaiters(TimeSpan now)
    {
        _nextTimeout = TimeSpan.MaxValue;
        KafkaTimeoutException error = CommitErrors.TimedOut(_settings, _isGateOpen, _lastTrouble);
        TimeOutIn(ref _gathering, error, now);
        if (_flyingRound is not null)
        {
            TimeOutIn(ref _flyingRound.Waiters, error, now);
        }

        for (int i = _rounds.Count - 1; i >= 0; i--)
        {
            CommitRound round = _rounds[i];
            TimeOutIn(ref round.Waiters, error, now);
            if (round.Waiters.IsEmpty)
            {
                _rounds.RemoveAt(i);
                EndRound(round, null);
            }
        }
    }

    private void TimeOutIn(ref WaiterChain waiters, KafkaTimeoutException error, TimeSpan now)
    {
        for (CommitWaiter? waiter = waiters.TakeAll(); waiter is not null;)
        {
            CommitWaiter? next = waiter.Next;
            if (waiter.IsDecided || waiter.Deadline <= now)
            {
                _effects.Settle(waiter, error);
            }
            else
            {
                waiters.Add(waiter);
                _nextTimeout = waiter.Deadline < _nextTimeout ? waiter.Deadline : _nextTimeout;
            }

            waiter = next;
        }
    }

    private void SettleGathered(Exception? error)
    {
        for (CommitWaiter? waiter = _gathering.TakeAll(); waiter is not null;)
        {
            CommitWaiter? next = waiter.Next;
            _effects.Settle(waiter, error);
            waiter = next;
        }
    }

    private void MoveGathered(CommitRound round)
    {
        round.Waiters = _gathering;
        _gathering = default;
    }

    private CommitRound RentRound() => _spareRounds.TryPop(out CommitRound? spare) ? spare : new CommitRound();

    private void EndRound(CommitRound round, Exception? error)
    {
        for (CommitWaiter? waiter = round.Waiters.TakeAll(); waiter is not null;)
        {
            CommitWaiter? next = waiter.Next;
            _effects.Settle(waiter, error);
            waiter = next;
        }

        round.Entries.Clear();
        if (_spareRounds.Count < 1024)
        {
            _spareRounds.Push(round);
        }
    }
}
