using System.Diagnostics;

namespace HighPerf.Kafka.Consuming.Committing;

/// <content>What a request holds: decided at the moment it is written.</content>
internal sealed partial class OffsetCommitPipeline
{
    /// <summary>
    /// The request that was handed over is about to be written: <see cref="Flight"/> is made. False: nothing may or need be committed any more; the request
    /// is not written, and <see cref="Failed"/> follows.
    /// </summary>
    public bool TryBegin(TimeSpan now)
    {
        Debug.Assert(_stage == RequestStage.HandedOver, "One request is under way at a time.");
        _flight.Clear();
        if (_isGateOpen && _refused is null)
        {
            if (IsAllWanted())
            {
                TakeStored();
            }

            Gather(now);
        }

        if (_flight.Count == 0)
        {
            _wasVoid = true;
            return false;
        }

        _stage = RequestStage.Written;
        _writtenAt = now;
        _hasUnsent = false;
        _isAutoDue = false;
        _flyingRound = RentRound();
        _flyingRound.IsOfAll = !_gathering.IsEmpty;
        _flyingRound.Entries.AddRange(_postponed);
        MoveGathered(_flyingRound);
        return true;
    }

    /// <summary>Whether the next request is to hold all that is stored, and not only what callers gave.</summary>
    private bool IsAllWanted()
    {
        if (_settings.IsAutomatic || _isAutoDue || !_gathering.IsEmpty)
        {
            return true;
        }

        foreach (CommitRound round in _rounds)
        {
            if (round.IsOfAll)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes from the readers what they stored.</summary>
    private void TakeStored()
    {
        for (DirtyLink? link = _dirty.TakeAll(); link is not null;)
        {
            // In this order: once unlinked, it may be linked again.
            DirtyLink? next = link.Next;
            link.Next = null;
            CursorSlot slot = link.Unlink();
            long offset = slot.Take();
            if (offset >= 0)
            {
                RaiseStored(slot, offset);
            }

            link = next;
        }
    }

    private void RaiseStored(CursorSlot slot, long offset)
    {
        CommitPoint point = slot.PointOf(offset);
        if (!slot.Covers(slot.Stored, point))
        {
            slot.Stored = point;
            NoteTarget(slot);
        }
    }

    private void Gather(TimeSpan now)
    {
        _postponed.Clear();
        foreach (CursorSlot slot in _unacked)
        {
            if (IsFirst(slot))
            {
                AddToFlight(slot, slot.Target);
            }
            else
            {
                _postponed.Add(new CommitEntry(slot, slot.Target, []));
            }
        }

        foreach (CursorSlot slot in _uncertain)
        {
            // Nothing new, and so the more to be asserted.
            if (!slot.IsUnacked && slot.UncertainUntil <= now && !slot.Acked.IsNone && IsFirst(slot))
            {
                AddToFlight(slot, slot.Acked);
            }
        }

        if (_flight.Count > 1)
        {
            // Partitions of a topic stand together, and the order does not depend on who stored first.
            _flight.Sort(static (a, b) => a.Slot.Partition.CompareTo(b.Slot.Partition));
        }
    }

    private void AddToFlight(CursorSlot slot, in CommitPoint point)
    {
        byte[] metadata = slot.Given is { } given && given.Point == point ? given.Metadata : [];
        _flight.Add(new CommitEntry(slot, point, metadata));
    }
}
