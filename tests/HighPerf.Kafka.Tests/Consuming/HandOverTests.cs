using HighPerf.Kafka.Consuming;

namespace HighPerf.Kafka.Tests.Consuming;

/// <summary>The steps by which partitions are given up, and what cuts them short.</summary>
public sealed class HandOverTests
{
    private static readonly TimeSpan _now = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(110);

    [Fact]
    public void S4_What_is_in_processing_ends_before_the_application_is_told_and_that_before_the_commit()
    {
        PartitionCursor busy = Cursor(0);
        PartitionCursor idle = Cursor(1);
        Assert.True(busy.Gate.TryEnter());
        HandOver handOver = new([busy, idle], _now, _deadline);
        Assert.Equal(HandOverStep.Draining, handOver.Begin(waitsForProcessing: true));
        Assert.False(busy.Gate.TryEnter());
        Assert.False(idle.MayDeliver);
        Assert.False(handOver.Drained(idle));
        Assert.True(busy.Gate.Leave());
        Assert.True(handOver.Drained(busy));
        Assert.Equal(HandOverStep.Telling, handOver.Step);
        Assert.False(handOver.Drained(busy));
        Assert.True(handOver.Told());
        Assert.Equal(HandOverStep.Committing, handOver.Step);
        Assert.False(handOver.Told());
        Assert.False(handOver.PatienceEnded(out _));
        handOver.Committed();
        Assert.Empty(handOver.Overran);
    }

    [Fact]
    public void S4_Processing_that_takes_too_long_is_named_and_the_commit_has_time_left()
    {
        PartitionCursor busy = Cursor(0);
        busy.Gate.TryEnter();
        HandOver handOver = new([busy], _now, _deadline);
        handOver.Begin(waitsForProcessing: true);
        Assert.Equal(TimeSpan.FromSeconds(108), handOver.PatienceEnds);
        Assert.True(handOver.PatienceEnded(out bool isUntold));
        Assert.True(isUntold);
        Assert.Equal([busy], handOver.Overran);
        Assert.Equal(HandOverStep.Committing, handOver.Step);
        Assert.False(handOver.Drained(busy));
        Assert.False(handOver.Told());
    }

    [Fact]
    public void A_listener_that_takes_too_long_is_not_waited_for()
    {
        HandOver handOver = new([Cursor(0)], _now, _deadline);
        Assert.Equal(HandOverStep.Telling, handOver.Begin(waitsForProcessing: true));
        Assert.True(handOver.PatienceEnded(out bool isUntold));
        Assert.False(isUntold);
        Assert.Empty(handOver.Overran);
        Assert.False(handOver.Told());
    }

    [Fact]
    public void Closing_does_not_wait_for_the_application_that_closes()
    {
        PartitionCursor busy = Cursor(0);
        busy.Gate.TryEnter();
        HandOver handOver = new([busy], _now, _deadline);
        Assert.Equal(HandOverStep.Telling, handOver.Begin(waitsForProcessing: false));
    }

    [Fact]
    public void A_deadline_that_has_passed_leaves_no_patience()
    {
        HandOver handOver = new([Cursor(0)], _now, TimeSpan.Zero);
        Assert.Equal(_now, handOver.PatienceEnds);
        Assert.Equal(_now, handOver.Deadline);
    }

    private static PartitionCursor Cursor(int partition) => new("orders", "orders"u8.ToArray(), partition, 0);
}
