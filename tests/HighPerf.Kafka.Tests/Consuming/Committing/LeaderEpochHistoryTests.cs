using HighPerf.Kafka.Consuming.Committing;

namespace HighPerf.Kafka.Tests.Consuming.Committing;

public sealed class LeaderEpochHistoryTests
{
    [Fact]
    public void G1_The_epoch_of_an_offset_is_that_of_the_last_record_before_it()
    {
        LeaderEpochHistory history = Of((3, 100), (5, 200), (6, 250));
        Assert.Equal(3, history.EpochBefore(101));
        Assert.Equal(3, history.EpochBefore(200)); // the record at 199 is the last of epoch 3
        Assert.Equal(5, history.EpochBefore(201));
        Assert.Equal(5, history.EpochBefore(250));
        Assert.Equal(6, history.EpochBefore(251));
        Assert.Equal(6, history.EpochBefore(long.MaxValue));
    }

    [Fact]
    public void G1_What_was_not_seen_has_the_oldest_epoch_that_was_and_nothing_is_unknown_once_something_is_known()
    {
        LeaderEpochHistory history = Of();
        Assert.Equal(-1, history.EpochBefore(10));
        Assert.Equal(-1, history.FirstKnown);
        history.Seen(-1, 5);
        Assert.Equal(-1, history.EpochBefore(10));
        history.Seen(3, 100);
        Assert.Equal(3, history.EpochBefore(10));
        Assert.Equal(3, history.FirstKnown);
        history.Seen(4, 150);
        Assert.Equal(3, history.EpochBefore(10));
        Assert.Equal(3, history.FirstKnown);
    }

    [Fact]
    public void A_higher_epoch_below_known_records_truncates_them()
    {
        LeaderEpochHistory history = Of((3, 100), (4, 150), (5, 180));
        history.Seen(7, 140);
        Assert.Equal(2, history.Count);
        Assert.Equal(3, history.EpochBefore(140));
        Assert.Equal(7, history.EpochBefore(141));
        history.Seen(5, 180); // a late answer of a leader before
        Assert.Equal(7, history.EpochBefore(181));
        history.Seen(8, 0);
        Assert.Equal(1, history.Count);
        Assert.Equal(8, history.EpochBefore(1));
    }

    [Fact]
    public void Records_read_after_a_seek_back_find_their_place()
    {
        LeaderEpochHistory history = Of((5, 500));
        history.Seen(2, 10);
        history.Seen(3, 100);
        history.Seen(5, 400);
        history.Seen(2, 50);
        history.Seen(1, 5);
        Assert.Equal([1, 1, 2, 2, 3, 3, 5], new long[] { 0, 10, 11, 100, 101, 400, 401 }.Select(offset => history.EpochBefore(offset)));
    }

    [Fact]
    public void What_no_later_offset_needs_is_forgotten()
    {
        LeaderEpochHistory history = Of();
        for (int epoch = 0; epoch < 1000; epoch++)
        {
            history.Seen(epoch, epoch * 10);
            history.ForgetBefore(epoch * 10);
            Assert.True(history.Count <= 2);
            Assert.Equal(epoch, history.EpochBefore((epoch * 10) + 1));
            Assert.Equal(Math.Max(0, epoch - 1), history.EpochBefore(epoch * 10));
        }
    }

    [Fact]
    public void The_order_of_points_is_total_and_without_cycles_whatever_is_unknown()
    {
        CommitPoint[] points =
        [
            CommitPoint.None, new(0, -1, 0), new(0, -1, 5), new(0, 3, 0), new(0, 3, 5), new(0, 2, 9), new(0, 4, 1), new(1, -1, 0), new(1, 2, 7),
        ];
        foreach (CommitPoint a in points)
        {
            Assert.True(a.Covers(a, 3));
            foreach (CommitPoint b in points)
            {
                Assert.True(a.Covers(b, 3) || b.Covers(a, 3));
                foreach (CommitPoint c in points)
                {
                    Assert.True(!a.Covers(b, 3) || !b.Covers(c, 3) || a.Covers(c, 3), $"{a} {b} {c}");
                }
            }
        }
    }

    private static LeaderEpochHistory Of(params (int Epoch, long First)[] entries)
    {
        LeaderEpochHistory history = new();
        foreach ((int epoch, long first) in entries)
        {
            history.Seen(epoch, first);
        }

        return history;
    }
}
