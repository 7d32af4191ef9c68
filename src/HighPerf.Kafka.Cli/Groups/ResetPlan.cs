namespace HighPerf.Kafka.Cli.Groups;

/// <summary>The rules by which a reset chooses offsets, those of Kafka's own tool: never outside of the log. Pure.</summary>
internal static class ResetPlan
{
    /// <exception cref="InvalidOperationException">There is nothing to shift.</exception>
    public static ResetStep Step(ResetTarget target, in PartitionRange range)
    {
        long wanted = target.Kind switch
        {
            ResetKind.Earliest => range.Beginning,
            ResetKind.Latest => range.End,
            ResetKind.Offset => target.Value,
            ResetKind.Time => range.AtTime < 0 ? range.End : range.AtTime,
            ResetKind.Shift when range.Committed is { } committed => Add(committed, target.Value),
            _ => throw new InvalidOperationException($"{range.Partition} cannot be shifted: nothing is committed for it. Leave it out, or use another target."),
        };
        long offset = Math.Clamp(wanted, range.Beginning, Math.Max(range.Beginning, range.End));
        string? note = offset == wanted
            ? target.Kind == ResetKind.Time && range.AtTime < 0 ? "no record is that late: the end" : null
            : $"{wanted} is {(wanted < offset ? "before the beginning" : "behind the end")} of the log";
        return new ResetStep(range.Partition, range.Committed, offset, note);
    }

    private static long Add(long offset, long distance)
    {
        long sum = unchecked(offset + distance);
        return distance > 0 && sum < offset ? long.MaxValue : sum;
    }
}
