using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>P13: without idempotence a partition has one request in flight, since a retry behind another would change the order.</summary>
public sealed class P13SerialTests
{
    [Theory]
    [InlineData(Acks.Leader)]
    [InlineData(Acks.All)]
    public void P13_each_request_of_a_partition_is_answered_before_the_next_and_order_is_kept(Acks acks) =>
        new ProducerWorld(new ProducerOptions { Acks = acks, EnableIdempotence = false }).Run(async world =>
        {
            await world.Send("a");
            FaultRule rule = world.Faults.Fail(RequestMatch.Of(ApiKey.Produce) with { Times = 3, Every = 2 }, ErrorCode.NotLeaderOrFollower);
            await world.SendApart([.. Enumerable.Range(0, 30).Select(i => $"v{i}")]);
            List<SentBatch> batches = world.Batches();
            Assert.All(batches, batch => Assert.Equal((-1L, (short)-1, -1), (batch.Header.ProducerId, batch.Header.ProducerEpoch, batch.Header.BaseSequence)));
            for (int i = 1; i < batches.Count; i++)
            {
                Assert.True(batches[i].Request.Time >= batches[i - 1].Request.EndTime, $"{batches[i]} came before the answer to {batches[i - 1]}");
            }

            Assert.NotEqual(0, rule.Hits);
            Assert.Equal(rule.Hits, batches.Count(batch => batch.Answer == ErrorCode.NotLeaderOrFollower));
            Assert.Equal(["a", .. Enumerable.Range(0, 30).Select(i => $"v{i}")], world.LogValues());
            Assert.Equal(0, world.IdentitiesAsked);
        });
}
