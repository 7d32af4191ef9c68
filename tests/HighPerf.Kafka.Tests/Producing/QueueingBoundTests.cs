using HighPerf.Kafka.Producing;

namespace HighPerf.Kafka.Tests.Producing;

public class QueueingBoundTests
{
    private const int Megabyte = 1_000_000;
    private const long Floor = 5 * Megabyte;
    private const long Cap = 1000L * Megabyte;

    private static readonly TimeSpan _target = TimeSpan.FromMilliseconds(100);

    private readonly QueueingBound _bound = new(Floor, Cap, _target);

    public static TheoryData<int, double> RatesAndRoundTrips
    {
        get
        {
            TheoryData<int, double> rows = [];
            foreach (int megabytes in (int[])[10, 50, 100, 300, 1000])
            {
                foreach (double milliseconds in (double[])[0.1, 1, 5, 20, 100])
                {
                    rows.Add(megabytes, milliseconds);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(RatesAndRoundTrips))]
    public void A_saturated_link_stays_full_and_records_wait_about_the_target(int megabytesPerSecond, double roundTripMs)
    {
        SaturatedLink link = MakeLink(megabytesPerSecond, roundTripMs);
        link.Run(TimeSpan.FromSeconds(2.0 * Cap / link.Rate)); // the queue up to the cap, once
        (double rate, TimeSpan wait) = link.Run(TimeSpan.FromSeconds(40));

        Assert.True(rate >= 0.95 * link.Rate, $"{rate / Megabyte:F0} MB/s");
        Assert.True(wait <= 2 * _target, $"waited {wait.TotalMilliseconds:F0} ms with a limit of {_bound.Limit / Megabyte} MB");
        Assert.InRange(_bound.Limit, Floor, Cap);
    }

    [Fact]
    public void The_first_queue_is_the_only_long_one()
    {
        SaturatedLink link = MakeLink(100, 1);
        (_, TimeSpan first) = link.Run(TimeSpan.FromSeconds(20));
        Assert.True(first > TimeSpan.FromSeconds(5), "the cap holds ten seconds of this link");
        link.Run(TimeSpan.FromSeconds(20));
        long learnt = _bound.Limit;

        // A quiet hour with a record now and then, and another burst.
        for (int i = 0; i < 60; i++)
        {
            link.Offered = 100_000;
            link.Run(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(learnt, _bound.Limit);
        link.Offered = null;
        (double rate, TimeSpan wait) = link.Run(TimeSpan.FromSeconds(10));
        Assert.True(rate >= 0.95 * link.Rate, $"{rate / Megabyte:F0} MB/s");
        Assert.True(wait <= 2 * _target, $"waited {wait.TotalMilliseconds:F0} ms");
    }

    [Theory]
    [InlineData(10, 1000)]
    [InlineData(1000, 10)]
    public void A_link_that_becomes_another_is_followed(int before, int after)
    {
        SaturatedLink link = MakeLink(before, 1);
        link.Run(TimeSpan.FromSeconds(400));
        link.Rate = after * (double)Megabyte;
        link.Run(TimeSpan.FromSeconds(30));
        (double rate, TimeSpan wait) = link.Run(TimeSpan.FromSeconds(30));
        Assert.True(rate >= 0.95 * link.Rate, $"{rate / Megabyte:F0} MB/s");
        Assert.True(wait <= 2 * _target, $"waited {wait.TotalMilliseconds:F0} ms");
    }

    [Fact]
    public void Silence_takes_nothing_away()
    {
        SaturatedLink link = MakeLink(100, 5);
        link.Run(TimeSpan.FromSeconds(40));
        long learnt = _bound.Limit;
        for (int i = 0; i < 20; i++)
        {
            link.Stall(TimeSpan.FromSeconds(3));
            link.Run(TimeSpan.FromSeconds(1));
            Assert.InRange(_bound.Limit, 0.6 * learnt, 2 * learnt);
        }
    }

    [Fact]
    public void Before_anything_is_known_the_cap_is_the_limit_and_silence_keeps_it()
    {
        Assert.Equal(Cap, _bound.Limit);
        TimeSpan now = TimeSpan.FromSeconds(1);
        for (int i = 0; i < 100; i++)
        {
            // Each waited for a leader, was sent when there was one, and then there was none again.
            _bound.Acknowledged(Megabyte, now, now + TimeSpan.FromSeconds(4), heldBack: true, now + TimeSpan.FromSeconds(4.001));
            now += TimeSpan.FromSeconds(5);
        }

        Assert.Equal(Cap, _bound.Limit);
    }

    [Fact]
    public void A_busy_partition_is_seen_beside_quiet_ones()
    {
        TimeSpan now = TimeSpan.FromSeconds(1);
        for (int i = 0; i < 1000; i++)
        {
            now += TimeSpan.FromMilliseconds(10);
            _bound.Acknowledged(Megabyte, now - TimeSpan.FromSeconds(1), now - TimeSpan.FromMilliseconds(1), heldBack: true, now);
            _bound.Acknowledged(100, now - TimeSpan.FromMilliseconds(1), now - TimeSpan.FromMilliseconds(1), heldBack: true, now);
        }

        Assert.InRange(_bound.Limit, Floor, 15 * Megabyte);
    }

    [Fact]
    public void What_is_in_flight_for_long_is_not_taken_for_waiting()
    {
        TimeSpan now = TimeSpan.FromSeconds(1);
        for (int i = 0; i < 1000; i++)
        {
            now += TimeSpan.FromMilliseconds(10);
            _bound.Acknowledged(Megabyte, now - TimeSpan.FromSeconds(5), now - TimeSpan.FromSeconds(5), heldBack: true, now);
        }

        Assert.Equal(Cap, _bound.Limit);
    }

    [Fact]
    public void A_floor_above_the_cap_is_the_cap() => Assert.Equal(10, new QueueingBound(20, 10, _target).Limit);

    // Requests large enough that five of them fill the link, whatever its length; batches small enough that ten of them are a target's worth.
    private SaturatedLink MakeLink(int megabytesPerSecond, double roundTripMs)
    {
        double inFlight = megabytesPerSecond * (double)Megabyte * roundTripMs / 1000;
        int request = (int)Math.Max(Megabyte, inFlight / 2);
        return new SaturatedLink(_bound, 100_000, request) { Rate = megabytesPerSecond * (double)Megabyte, RoundTrip = TimeSpan.FromMilliseconds(roundTripMs) };
    }
}
