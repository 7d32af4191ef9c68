using HighPerf.Kafka.Testing.Quotas;

namespace HighPerf.Kafka.Testing.Tests.Quotas;

/// <summary>The numbers are those that Apache Kafka's own rate gives for 11 samples of a second.</summary>
public sealed class QuotaRateTests
{
    [Fact]
    public void What_is_missing_of_the_first_window_counts_as_empty()
    {
        QuotaRate rate = new(11, 1000);
        rate.Record(10_000, 0);
        Assert.Equal(0, rate.ThrottleMs(1000, 0));
        rate.Record(5_000, 0);

        // 15,000 bytes in 10 s are half as much again as 1,000 a second: half of the window.
        Assert.Equal(5000, rate.ThrottleMs(1000, 0));
        Assert.Equal(4500, rate.ThrottleMs(1000, 500));
    }

    [Fact]
    public void A_burst_counts_until_its_sample_is_eleven_seconds_old()
    {
        QuotaRate rate = new(11, 1000);
        rate.Record(30_000, 0);
        Assert.Equal(5000, rate.ThrottleMs(2000, 0));
        Assert.Equal(5000, rate.ThrottleMs(2000, 5000));
        Assert.Equal(4001, rate.ThrottleMs(2000, 10_999));
        Assert.Equal(0, rate.ThrottleMs(2000, 11_000));
    }

    [Fact]
    public void Samples_leave_the_window_one_by_one()
    {
        QuotaRate rate = new(11, 1000);
        for (int second = 0; second <= 20; second++)
        {
            rate.Record(1000, second * 1000);
        }

        // Eleven samples of 1,000 bytes, the last of which has only begun: 11,000 in 10 s, that is a tenth more than the quota.
        Assert.Equal(1000, rate.ThrottleMs(1000, 20_000));
        Assert.Equal(1, rate.ThrottleMs(1000, 20_999));
        Assert.Equal(0, rate.ThrottleMs(1000, 21_000));
        Assert.Equal(0, rate.ThrottleMs(1, 40_000));
    }
}
