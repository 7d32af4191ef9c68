using System.Numerics;

namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>
/// Durations counted in buckets that are at most 1.6 % wide, so that recording allocates nothing and costs the same for every duration. Thread-safe.
/// </summary>
internal sealed class LatencyHistogram
{
    // 64 buckets for each doubling: a duration of n bits goes by its highest seven bits.
    private const int Steps = 64;
    private const int StepBits = 6;

    private readonly long[] _counts = new long[(64 - StepBits + 1) * Steps];

    /// <summary>The longest. Any thread, by exchange.</summary>
    private long _max;

    /// <summary>Adds a duration; one below zero counts as zero.</summary>
    /// <param name="ticks">In units of <see cref="TimeProvider.TimestampFrequency"/> of the system's clock.</param>
    public void Record(long ticks)
    {
        ticks = Math.Max(ticks, 0);
        Interlocked.Increment(ref _counts[IndexOf(ticks)]);
        long max = Volatile.Read(ref _max);
        while (ticks > max)
        {
            long seen = Interlocked.CompareExchange(ref _max, ticks, max);
            if (seen == max)
            {
                return;
            }

            max = seen;
        }
    }

    public void Clear()
    {
        Array.Clear(_counts);
        Volatile.Write(ref _max, 0);
    }

    /// <summary>All zeros when nothing was recorded.</summary>
    public LatencyFigures Figures() => new(Quantile(0.5), Quantile(0.9), Quantile(0.99), Quantile(0.999), Microseconds(Volatile.Read(ref _max)));

    private static int IndexOf(long ticks)
    {
        int shift = Math.Max(BitOperations.Log2((ulong)ticks | 1) - StepBits, 0);
        return (shift * Steps) + (int)(ticks >> shift);
    }

    /// <summary>The greatest duration of a bucket.</summary>
    private static long UpperEnd(int index)
    {
        int shift = Math.Max((index / Steps) - 1, 0);
        return ((index - (shift * Steps) + 1L) << shift) - 1;
    }

    private static double Microseconds(long ticks) => ticks * 1e6 / TimeProvider.System.TimestampFrequency;

    private double Quantile(double share)
    {
        long left = (long)Math.Ceiling(_counts.Sum() * share);
        for (int i = 0; i < _counts.Length && left > 0; i++)
        {
            left -= _counts[i];
            if (left <= 0)
            {
                return Microseconds(Math.Min(UpperEnd(i), Volatile.Read(ref _max)));
            }
        }

        return 0;
    }
}
