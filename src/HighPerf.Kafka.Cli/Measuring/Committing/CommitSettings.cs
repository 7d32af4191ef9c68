namespace HighPerf.Kafka.Cli.Measuring.Committing;

/// <summary>Offsets that are stored and commits that are awaited at fixed rates, against a broker that answers late.</summary>
/// <param name="Partitions">Over how many partitions the stored offsets go.</param>
/// <param name="Stores">Offsets stored in a second.</param>
/// <param name="Commits">Commits asked for, and awaited, in a second.</param>
/// <param name="Seconds">How long it is measured.</param>
/// <param name="DelayMilliseconds">How much later than it could the broker answers every request.</param>
internal sealed record CommitSettings(int Partitions, long Stores, long Commits, int Seconds, int DelayMilliseconds)
{
    /// <summary>The load in a line.</summary>
    public override string ToString() =>
        $"{Stores:N0} stored offsets/s over {Partitions:N0} partitions and {Commits:N0} awaited commits/s, every answer {DelayMilliseconds} ms late";
}
