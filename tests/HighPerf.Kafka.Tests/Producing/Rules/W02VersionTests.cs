using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>W2: versions are agreed with every broker; unknown tagged fields are skipped.</summary>
public sealed class W02VersionTests
{
    [Theory]
    [InlineData("2.1", 3)]
    [InlineData("2.4", 3)]
    [InlineData("3.9", 4)]
    [InlineData("4.1", 4)]
    public void W2_a_producer_speaks_the_versions_of_the_broker(string release, int lowestAsked) =>
        new ProducerWorld(cluster: new KafkaTestClusterOptions().AsKafka(release)).Run(async world =>
        {
            await world.Send("a");
            await world.Send("b");
            Assert.Equal(["a", "b"], world.LogValues());
            RecordedRequest[] asked = world.Cluster.Requests.Snapshot(ApiKey.ApiVersions);
            Assert.All(asked.GroupBy(request => request.Connection), connection => Assert.True(
                connection.Last().Error == ErrorCode.None && connection.Count() <= 2, "refused at most once, then answered"));
            Assert.Contains(asked, request => request.Version >= lowestAsked);
            Assert.All(world.Batches(), batch => Assert.Equal(ErrorCode.None, batch.Answer));
        });

    [Fact]
    public void W2_unknown_tagged_fields_of_an_answer_are_skipped() => new ProducerWorld().Run(async world =>
    {
        await world.Send("a");
        AnswerChange change = world.Change(AnswerChange.Bytes(1, static frame =>
        {
            Assert.Equal(0, frame[^1]); // no tagged fields at the end
            return [.. frame[..^1], 1, 77, 3, 1, 2, 3];
        }));
        Assert.Equal(1, (await world.Send("b")).Offset);
        Assert.Equal(1, change.Hits);
        await world.Send("c");
        Assert.Equal(["0/0 a None", "0/1 b None", "0/2 c None"], world.Seen());
    });
}
