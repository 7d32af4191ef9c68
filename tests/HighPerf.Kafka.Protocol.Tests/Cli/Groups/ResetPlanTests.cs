using HighPerf.Kafka.Cli.Groups;

namespace HighPerf.Kafka.Protocol.Tests.Cli.Groups;

public sealed class ResetPlanTests
{
    private static readonly PartitionRange _range = new(new TopicPartition("t", 3), 50, 10, 100, 70);

    [Theory]
    [InlineData(ResetKind.Earliest, 0, 10, null)]
    [InlineData(ResetKind.Latest, 0, 100, null)]
    [InlineData(ResetKind.Offset, 42, 42, null)]
    [InlineData(ResetKind.Offset, 9, 10, "9 is before the beginning of the log")]
    [InlineData(ResetKind.Offset, 101, 100, "101 is behind the end of the log")]
    [InlineData(ResetKind.Time, 123456, 70, null)]
    [InlineData(ResetKind.Shift, 5, 55, null)]
    [InlineData(ResetKind.Shift, -50, 10, "0 is before the beginning of the log")]
    [InlineData(ResetKind.Shift, long.MaxValue, 100, "9223372036854775807 is behind the end of the log")]
    [InlineData(ResetKind.Shift, long.MinValue, 10, "-9223372036854775758 is before the beginning of the log")]
    internal void An_offset_is_never_outside_of_the_log(ResetKind kind, long value, long expected, string? note) =>
        Assert.Equal(new ResetStep(_range.Partition, 50, expected, note), ResetPlan.Step(new ResetTarget(kind, value), _range));

    [Fact]
    public void A_time_behind_the_last_record_is_the_end() => Assert.Equal(
        new ResetStep(_range.Partition, 50, 100, "no record is that late: the end"),
        ResetPlan.Step(new ResetTarget(ResetKind.Time, 1), _range with { AtTime = -1 }));

    [Fact]
    public void What_is_not_committed_cannot_be_shifted_and_can_be_set()
    {
        PartitionRange nothing = _range with { Committed = null };
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => ResetPlan.Step(new ResetTarget(ResetKind.Shift, 1), nothing));
        Assert.Equal("t-3 cannot be shifted: nothing is committed for it. Leave it out, or use another target.", error.Message);
        Assert.Equal(new ResetStep(_range.Partition, null, 20, null), ResetPlan.Step(new ResetTarget(ResetKind.Offset, 20), nothing));
    }

    [Fact]
    public void A_scope_is_a_topic_or_some_of_its_partitions()
    {
        Assert.Null(TopicScope.Parse("orders").Partitions);
        TopicScope some = TopicScope.Parse("orders:3,0");
        Assert.Equal(("orders", "3 0"), (some.Topic, string.Join(' ', some.Partitions!)));
    }

    [Theory]
    [InlineData("", "--topic : it has the form")]
    [InlineData(":1", "--topic :1: it has the form")]
    [InlineData("t:", "--topic t:: '' is no partition")]
    [InlineData("t:1,x", "--topic t:1,x: 'x' is no partition")]
    [InlineData("t:-1", "--topic t:-1: '-1' is no partition")]
    public void What_is_no_scope_is_refused(string text, string message) =>
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => TopicScope.Parse(text)).Message);
}
