namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>
/// A next offset in the order in which commits of a partition may follow each other: by turn (a rewind begins a new one), then by leader epoch, then by
/// offset.
/// </summary>
/// <param name="Turn">How many rewinds of this assignment came before.</param>
/// <param name="Epoch">The leader epoch of the last record before the offset; -1 while the partition has no epoch that is known.</param>
/// <param name="Offset">The next offset; -1 for none.</param>
internal readonly record struct CommitPoint(int Turn, int Epoch, long Offset)
{
    public static CommitPoint None => new(0, -1, -1);

    public bool IsNone => Offset < 0;

    /// <summary>Whether the point is the other one or a higher one. <see cref="None"/> is lower than all.</summary>
    /// <param name="other">The other point.</param>
    /// <param name="unknownEpoch">
    /// What an unknown epoch stands for: the first one that became known of the partition. It is the same in every comparison, so the order has no cycles.
    /// </param>
    public bool Covers(in CommitPoint other, int unknownEpoch)
    {
        if (IsNone || other.IsNone)
        {
            return other.IsNone;
        }

        if (Turn != other.Turn)
        {
            return Turn > other.Turn;
        }

        int epoch = Epoch < 0 ? unknownEpoch : Epoch;
        int otherEpoch = other.Epoch < 0 ? unknownEpoch : other.Epoch;
        return epoch != otherEpoch ? epoch > otherEpoch : Offset >= other.Offset;
    }
}
