using HighPerf.Kafka.Consuming.Fetching;

namespace HighPerf.Kafka.Consuming;

/// <summary>
/// Whether the log still is the one that was read (KIP-320). After a new leader epoch, or an answer that disputes ours, the leader is asked where the epoch
/// of the last fetched record ends in its log. Until it has said so the partition is on hold: nothing of it is fetched or delivered (F8). On the loop.
/// </summary>
internal sealed partial class ConsumerSession
{
    private readonly PositionChecker _checker; // owner: the loop

    /// <summary>The leader has everything that was fetched: it goes on where it was.</summary>
    public void Checked(PartitionCursor cursor, int leaderEpoch)
    {
        cursor.CheckedEpoch = leaderEpoch;
        cursor.IsCheckWanted = false;
        EndHold(cursor);
        FetchFor(cursor);
    }

    /// <summary>The leader's log is another one from an offset on.</summary>
    /// <param name="endEpoch">The last epoch that both logs have; -1 when there is none.</param>
    /// <param name="endOffset">Where that epoch ends in the leader's log; -1 when it is not known.</param>
    public void Truncated(PartitionCursor cursor, int endEpoch, long endOffset)
    {
        Leave(cursor);
        if (!cursor.TryNextIncarnation())
        {
            return; // it is being sought, or was given up
        }

        // What was fetched ahead is dropped with the former incarnation. It is a loss only if something was delivered that is not in the log.
        long delivered = cursor.Position;
        int epoch = cursor.PositionEpoch;
        bool isKnown = endEpoch >= 0 && endOffset >= 0;
        cursor.IsCheckWanted = false;
        cursor.CheckedEpoch = cursor.LeaderEpoch;
        cursor.PositionEpoch = isKnown ? endEpoch : -1;
        EndHold(cursor);
        if (isKnown && delivered >= 0 && delivered <= endOffset)
        {
            cursor.FetchOffset = delivered;
            FetchFor(cursor);
            return;
        }

        Group?.LogChanged(cursor);
        if (Options.AutoOffsetReset == AutoOffsetReset.Error)
        {
            string where = isKnown
                ? $"the leader's log has what was read up to offset {endOffset} (leader epoch {endEpoch})"
                : "the leader's log does not know that epoch";
            Fail(cursor, new KafkaException(
                $"The log of {cursor.TopicPartition} was truncated: the position is {delivered}, read in leader epoch {epoch}, and {where}. "
                + "What was read behind that is not in the log any more. Seek to go on, or set AutoOffsetReset."));
            return;
        }

        cursor.FetchOffset = isKnown ? endOffset : ResetPlace;
        if (isKnown)
        {
            TellPlace(cursor, endOffset);
        }

        FetchFor(cursor);
    }

    /// <summary>Nobody may say whether the log still is the one that was read: what was fetched ahead is not delivered.</summary>
    public void CheckRefused(PartitionCursor cursor, KafkaException error)
    {
        if (cursor.TryNextIncarnation())
        {
            cursor.IsCheckWanted = false;
            EndHold(cursor);
            Fail(cursor, error);
        }
    }

    private void BeginCheck(PartitionCursor cursor)
    {
        if (cursor.PositionEpoch < 0)
        {
            Checked(cursor, cursor.LeaderEpoch); // nothing to compare
            return;
        }

        Hold(cursor);
        _checker.Check(cursor);
    }

    // An answer says that our leader epoch is not the partition's: the metadata, the broker or our position is of another time.
    private void EpochDisputed(PartitionCursor cursor)
    {
        if (cursor.PositionEpoch >= 0)
        {
            cursor.IsCheckWanted = true;
            Hold(cursor);
        }

        _cluster.Metadata.RequestRefresh(cursor.Topic);
        Delay(cursor);
    }

    private static void Hold(PartitionCursor cursor)
    {
        Leave(cursor);
        cursor.IsOnHold = true;
    }

    private void EndHold(PartitionCursor cursor)
    {
        if (cursor.IsOnHold)
        {
            cursor.IsOnHold = false;
            FetchedPartition goOn = _fetchedPool.Get();
            goOn.FillGoOn(cursor);
            _fetched.Enqueue(goOn);
            _signal.Set();
        }
    }

    // The position moves when the reader has delivered what was fetched before it.
    private void TellPlace(PartitionCursor cursor, long offset)
    {
        FetchedPartition moved = _fetchedPool.Get();
        moved.FillPlace(cursor, cursor.FetchIncarnation, offset);
        _fetched.Enqueue(moved);
        _signal.Set();
    }
}
