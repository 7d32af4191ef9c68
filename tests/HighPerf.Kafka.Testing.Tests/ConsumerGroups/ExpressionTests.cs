using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.ConsumerGroups;

namespace HighPerf.Kafka.Testing.Tests.ConsumerGroups;

/// <summary>Members that subscribe by a regular expression.</summary>
public sealed class ExpressionTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(11);

    [Fact]
    public void What_an_expression_matches_comes_with_the_next_heartbeat() => TestBroker.Simulate(async broker =>
    {
        Guid one = await broker.CreateTopicAsync("in-1", partitions: 2);
        Guid two = await broker.CreateTopicAsync("in-2");
        await broker.CreateTopicAsync("out-in-1");
        GroupClient client = await GroupClient.ConnectAsync(broker);
        Assert.Equal((1, ""), (await client.SendAsync(Joining("a", "in-[0-9]"))).Step());
        Assert.Equal(2, (await client.DescribeAsync()).GroupEpoch);
        ConsumerGroupHeartbeatResponse response = await client.BeatAsync("a", 1);
        Assert.Equal(2, response.MemberEpoch);
        Assert.Equal(one.Of(0, 1).Concat(two.Of(0)).Order(), response.Told());
    });

    [Fact]
    public void An_expression_that_the_group_knows_counts_at_once() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("in", partitions: 2);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.SendAsync(Joining("a", "i."));
        await client.BeatAsync("a", 1);
        Assert.Equal((3, ""), (await client.SendAsync(Joining("b", "i."))).Step());
        await client.BeatAsync("a", 2);
        await client.BeatAsync("a", 2, id.Of(0));
        Assert.Equal((3, "1"), (await client.BeatAsync("b", 3)).Step());
    });

    [Fact]
    public void Names_and_expression_count_together() => TestBroker.Simulate(async broker =>
    {
        Guid one = await broker.CreateTopicAsync("one");
        Guid two = await broker.CreateTopicAsync("two");
        GroupClient client = await GroupClient.ConnectAsync(broker);
        ConsumerGroupHeartbeatRequest request = Joining("a", "tw.*");
        request.SubscribedTopicNames = ["one"];
        Assert.Equal(one.Of(0), (await client.SendAsync(request)).Told());
        Assert.Equal(one.Of(0).Concat(two.Of(0)).Order(), (await client.BeatAsync("a", 1)).Told());
        request = GroupClient.Beating("a", 2);
        request.SubscribedTopicRegex = "";
        Assert.Equal(one.Of(0), (await client.SendAsync(request)).Told());
    });

    [Fact]
    public void New_topics_are_looked_at_every_ten_seconds() => TestBroker.Simulate(async broker =>
    {
        Guid one = await broker.CreateTopicAsync("in-1");
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.SendAsync(Joining("a", "in-.*"));
        await client.BeatAsync("a", 1);
        Guid two = await broker.CreateTopicAsync("in-2");
        await broker.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal((2, null), (await client.BeatAsync("a", 2)).Step());
        Assert.Equal((2, null), (await client.BeatAsync("a", 2)).Step());
        await broker.WaitAsync(TimeSpan.FromSeconds(6));
        Assert.Equal((2, null), (await client.BeatAsync("a", 2)).Step());
        Assert.Equal(one.Of(0).Concat(two.Of(0)).Order(), (await client.BeatAsync("a", 2)).Told());
        await broker.CreateTopicAsync("other");
        await broker.WaitAsync(Pause);
        await client.BeatAsync("a", 3);
        Assert.Equal((3, null), (await client.BeatAsync("a", 3)).Step());
    });

    [Fact]
    public void A_deleted_topic_is_noticed_at_once() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("in-1");
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.SendAsync(Joining("a", "in-.*"));
        await client.BeatAsync("a", 1);
        RawClient admin = await broker.ConnectAsync();
        await admin.CallAsync(new DeleteTopicsRequest { TopicNames = ["in-1"] }, 5);
        Assert.Equal((2, ""), (await client.BeatAsync("a", 2)).Step());
        Assert.Equal((3, null), (await client.BeatAsync("a", 2, [])).Step());
    });

    [Fact]
    public void A_changed_expression_is_resolved() => TestBroker.Simulate(async broker =>
    {
        Guid one = await broker.CreateTopicAsync("one");
        Guid two = await broker.CreateTopicAsync("two");
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.SendAsync(Joining("a", "o.*"));
        Assert.Equal(one.Of(0), (await client.BeatAsync("a", 1)).Told());
        ConsumerGroupHeartbeatRequest request = GroupClient.Beating("a", 2, one.Of(0));
        request.SubscribedTopicRegex = "t.*";
        Assert.Equal((2, null), (await client.SendAsync(request)).Step());
        Assert.Equal((2, null), (await client.BeatAsync("a", 2)).Step());
        Assert.Equal([], (await client.BeatAsync("a", 2, one.Of(0))).Told());
        Assert.Equal(two.Of(0), (await client.BeatAsync("a", 2, [])).Told());
    });

    [Theory]
    [InlineData("[")]
    [InlineData("a)(b")]
    [InlineData("(?=a)b")]
    [InlineData(@"(a)\1")]
    [InlineData("*")]
    [InlineData("a**")]
    public void An_expression_that_is_not_valid_is_refused_and_changes_nothing(string expression) => TestBroker.Simulate(async broker =>
    {
        GroupClient client = await GroupClient.ConnectAsync(broker);
        Assert.Equal(ErrorCode.InvalidRegularExpression, (await client.SendAsync(Joining("a", expression))).Error());
        Assert.Equal(ErrorCode.GroupIdNotFound, (ErrorCode)(await client.DescribeAsync()).ErrorCode);
        await client.JoinAsync("b", "t");
        Assert.Equal(ErrorCode.InvalidRegularExpression, (await client.SendAsync(Joining("a", expression))).Error());
        Assert.Single((await client.DescribeAsync()).Members);
    });

    [Theory]
    [InlineData("a|ab", "ab", true)]
    [InlineData("a", "ab", false)]
    [InlineData("a.*", "xa", false)]
    [InlineData("^a.$", "ab", true)]
    [InlineData("(?i)AB", "ab", true)]
    [InlineData("[a-c]{2}", "ab", true)]
    [InlineData(@"a\.b", "a.b", true)]
    public void An_expression_matches_the_whole_name(string expression, string topic, bool expected) =>
        Assert.Equal(expected, TopicExpression.TryParse(expression, out _)!.Matches(topic));

    private static ConsumerGroupHeartbeatRequest Joining(string member, string expression)
    {
        ConsumerGroupHeartbeatRequest request = GroupClient.Joining(member);
        request.SubscribedTopicNames = null;
        request.SubscribedTopicRegex = expression;
        return request;
    }
}
