using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Protocol.Tests.Cli.Measuring;

public sealed class LatencyHistogramTests
{
    private static readonly double TickMicroseconds = 1e6 / TimeProvider.System.TimestampFrequency;

    [Fact]
    public void Nothing_recorded_is_all_zeros() => Assert.Equal(default, new LatencyHistogram().Figures());

    [Fact]
    public void Quantiles_are_right_within_the_width_of_a_bucket()
    {
        LatencyHistogram histogram = new();
        for (int i = 1; i <= 100_000; i++)
        {
            histogram.Record(i * 1000L);
        }

        LatencyFigures figures = histogram.Figures();
        AssertNear(50_000_000, figures.P50);
        AssertNear(90_000_000, figures.P90);
        AssertNear(99_000_000, figures.P99);
        AssertNear(99_900_000, figures.P999);
        Assert.Equal(100_000_000 * TickMicroseconds, figures.Max, 3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(1_000_003)]
    [InlineData(long.MaxValue)]
    public void A_single_duration_is_every_quantile(long ticks)
    {
        LatencyHistogram histogram = new();
        histogram.Record(ticks);
        LatencyFigures figures = histogram.Figures();
        Assert.Equal(figures.Max, figures.P50);
        Assert.Equal(figures.Max, figures.P999);
        Assert.Equal(ticks * TickMicroseconds, figures.Max);
    }

    [Fact]
    public void A_duration_below_zero_counts_as_none_and_a_cleared_one_not_at_all()
    {
        LatencyHistogram histogram = new();
        histogram.Record(1000);
        histogram.Clear();
        histogram.Record(-5);
        Assert.Equal(default, histogram.Figures());
    }

    private static void AssertNear(double ticks, double microseconds) =>
        Assert.InRange(microseconds, ticks * TickMicroseconds, ticks * TickMicroseconds * 1.016);
}
