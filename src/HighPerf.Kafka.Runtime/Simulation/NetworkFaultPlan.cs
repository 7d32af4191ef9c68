namespace HighPerf.Kafka.Runtime;

/// <summary>
/// How a simulated network behaves. Each property is a probability, a bound or a size; what happens when is drawn from the seed. Immutable.
/// </summary>
internal sealed record NetworkFaultPlan
{
    /// <summary>Delays and cuts, but no failures.</summary>
    public static NetworkFaultPlan Calm { get; } = new();

    /// <summary>Failures too: rare enough that work gets done between them.</summary>
    public static NetworkFaultPlan Rough { get; } = new()
    {
        MaxDelay = TimeSpan.FromMilliseconds(20),
        CutProbability = 0.6,
        RefuseProbability = 0.05,
        BreakProbability = 0.005,
        StallProbability = 0.001,
    };

    /// <summary>The least time a piece takes from end to end.</summary>
    public TimeSpan MinDelay { get; init; } = TimeSpan.FromMicroseconds(50);

    /// <summary>The most. Pieces of one direction keep their order; those of different connections need not.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>How likely what is sent, or received, is cut at a random place.</summary>
    public double CutProbability { get; init; } = 0.25;

    /// <summary>How likely a send or receive that could complete at once does so.</summary>
    public double AtOnceProbability { get; init; } = 0.5;

    /// <summary>How likely a connect is refused though somebody listens.</summary>
    public double RefuseProbability { get; init; }

    /// <summary>How likely, for each piece sent, the connection breaks with it: the piece and what is under way is lost, both ends notice.</summary>
    public double BreakProbability { get; init; }

    /// <summary>How likely a break looks like a reset (a fault), and not like the other end's orderly close (0 bytes), to each end.</summary>
    public double ResetProbability { get; init; } = 0.5;

    /// <summary>How likely, for each piece sent, its direction stands still from then on: nothing arrives, and neither end is told.</summary>
    public double StallProbability { get; init; }

    /// <summary>How many bytes of one direction may be under way or unread before the sender is held up.</summary>
    public int Window { get; init; } = 64 * 1024;
}
