using System.Text;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Consuming.Committing;

/// <content>Offsets that callers give, and rewinds.</content>
internal sealed partial class OffsetCommitPipeline
{
    private void AddGiven(CommitWaiter waiter, IReadOnlyList<GivenOffset> given)
    {
        foreach (GivenOffset offset in given)
        {
            if (Check(offset, waiter.IsRewind) is { } error)
            {
                _effects.Settle(waiter, error);
                return;
            }
        }

        CommitRound round = RentRound();
        round.IsOfAll = false;
        foreach (GivenOffset offset in given)
        {
            CursorSlot slot = _slots[offset.Partition];
            CommitPoint point = Raise(slot, offset, waiter.IsRewind);
            if (!slot.Covers(slot.Acked, point))
            {
                round.Entries.Add(new CommitEntry(slot, point, []));
            }
        }

        if (round.Entries.Count == 0)
        {
            _spareRounds.Push(round);
            _effects.Settle(waiter, null);
            return;
        }

        round.Waiters.Add(waiter);
        _rounds.Add(round);
    }

    private Exception? Check(in GivenOffset given, bool isRewind)
    {
        if (!_slots.TryGetValue(given.Partition, out CursorSlot? slot) || slot.IsClosed)
        {
            return CommitErrors.NotAssigned(given.Partition, given.Offset, _settings);
        }

        // An old epoch with a new offset: the record it comes from was truncated.
        bool isSuperseded = !isRewind && given.LeaderEpoch >= 0 && given.Offset > slot.Acked.Offset && !slot.Acked.IsNone
            && slot.Covers(slot.Acked, new CommitPoint(slot.Turn, given.LeaderEpoch, given.Offset));
        return isSuperseded ? CommitErrors.Superseded(given, slot.Acked, _settings) : null;
    }

    /// <summary>Brings a given offset into the table, unless as high a one is there.</summary>
    private CommitPoint Raise(CursorSlot slot, in GivenOffset given, bool isRewind)
    {
        if (isRewind)
        {
            slot.Turn++;
            slot.Rewind(given.Offset, default(NoYield));
        }

        if (given.LeaderEpoch >= 0)
        {
            // What is stored after it is not of a lower epoch.
            slot.EpochSeen(given.LeaderEpoch, Math.Max(0, given.Offset - 1));
        }

        CommitPoint point = given.LeaderEpoch >= 0 ? new CommitPoint(slot.Turn, given.LeaderEpoch, given.Offset) : slot.PointOf(given.Offset);
        if (slot.Covers(point, slot.Target) && !slot.Covers(slot.Acked, point))
        {
            byte[] metadata = string.IsNullOrEmpty(given.Metadata) ? [] : Encoding.UTF8.GetBytes(given.Metadata);
            slot.Given = new GivenPoint(point, metadata);
            NoteTarget(slot);
        }

        return point;
    }
}
