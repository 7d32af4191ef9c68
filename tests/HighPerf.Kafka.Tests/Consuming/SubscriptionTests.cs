using System.Text.RegularExpressions;
using HighPerf.Kafka.Consuming;

namespace HighPerf.Kafka.Tests.Consuming;

public sealed class SubscriptionTests
{
    private static readonly (string Name, bool IsInternal)[] _topics = [("orders-2", false), ("orders-1", false), ("reorders", false), ("orders-x", true)];

    [Fact]
    public void A_pattern_matches_whole_names_in_their_order_and_no_internal_topic() =>
        Assert.Equal(["orders-1", "orders-2"], new Subscription(new Regex("^(?:orders-.)\\z"), null).Match(_topics));

    [Fact]
    public void Names_are_taken_once_in_their_order_whether_they_exist_or_not() =>
        Assert.Equal(["a", "b"], new Subscription(["b", "a", "b"], null).Match(_topics));

    [Theory]
    [InlineData("orders-(")]
    [InlineData("a)|(b")]
    [InlineData("[")]
    public async Task An_invalid_pattern_is_refused_at_once_and_named(string pattern)
    {
        await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = "127.0.0.1:1" });
        await using KafkaConsumer<string, string> consumer = client.CreateConsumer<string, string>(new ConsumerOptions { GroupId = "g" });
        ArgumentException error = Assert.Throws<ArgumentException>(() => consumer.SubscribePattern(pattern));
        Assert.Contains($"\"{pattern}\" is no pattern of topic names", error.Message, StringComparison.Ordinal);
    }
}
