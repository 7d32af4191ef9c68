using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Connections;

/// <summary>
/// How long to wait before the next attempt: doubles from the first delay to the longest, with jitter so that clients do not come back in step. Pure.
/// </summary>
internal sealed class ReconnectBackoff
{
    private const int LargestExponent = 30;

    private readonly TimeSpan _first;
    private readonly TimeSpan _longest;
    private readonly RandomSource _random;
    private int _failures;

    public ReconnectBackoff(TimeSpan first, TimeSpan longest, RandomSource random)
    {
        _first = first;
        _longest = longest;
        _random = random;
    }

    public void Succeeded() => _failures = 0;

    /// <summary>Counts a failure and returns the delay before the next attempt: 80 to 120 percent of the doubled one.</summary>
    public TimeSpan Failed()
    {
        int exponent = Math.Min(_failures, LargestExponent);
        _failures++;
        double ticks = Math.Min(_first.Ticks * Math.Pow(2, exponent), _longest.Ticks);
        return TimeSpan.FromTicks((long)(ticks * (0.8 + (0.4 * _random.NextDouble()))));
    }
}
