using HighPerf.Kafka.Testing;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>P7: UNKNOWN_PRODUCER_ID: where the log begins, compared with what was acknowledged last, decides between counting anew and a new epoch.</summary>
public sealed class P07UnknownProducerTests
{
    [Fact]
    public void P7_counting_begins_again_under_the_same_identity_when_retention_removed_the_records() => new ProducerWorld(cluster: Old()).Run(async world =>
    {
        await world.SendAll("a", "b", "c");
        int before = world.Batches().Count;
        world.ForgetWritten();
        PartitionOf(world).DeleteRecords(3);
        Assert.Equal(3, (await world.Send("d")).Offset);
        Assert.Equal(4, (await world.Send("e")).Offset);
        Assert.Equal(["0/3 d UnknownProducerId", "0/0 d None", "0/1 e None"], world.Seen()[before..]);
        Assert.Equal(1, world.IdentitiesAsked);
        Assert.Equal(["d", "e"], world.LogValues());
    });

    [Fact]
    public void P7_batches_behind_are_renumbered_and_keep_their_order() => new ProducerWorld(cluster: Old()).Run(async world =>
    {
        await world.SendAll("a", "b");
        world.ForgetWritten();
        PartitionOf(world).DeleteRecords(2);
        await world.SendApart("c", "d", "e", "f");
        Assert.Equal(["c", "d", "e", "f"], world.LogValues());
        Assert.All(world.Batches(), batch => Assert.Equal(0, batch.Header.ProducerEpoch));
        Assert.True(world.Batches().Count(batch => batch.Answer == ErrorCode.UnknownProducerId) > 1);
    });

    [Fact]
    public void P7_a_new_epoch_when_records_that_were_acknowledged_should_still_be_there() => new ProducerWorld().Run(async world =>
    {
        await world.SendAll("a", "b");
        world.Change(AnswerChange.Refuse(ErrorCode.UnknownProducerId, static part => part["logStartOffset"] = 0));
        await world.Send("c");
        Assert.EndsWith("c UnknownProducerId|1/0 c None", string.Join('|', world.Seen()));
        Assert.Equal(1, world.IdentitiesAsked);
    });

    [Fact]
    public void P7_a_broker_that_does_not_say_where_its_log_begins_is_asked_again() => new ProducerWorld().Run(async world =>
    {
        await world.Send("a");
        world.Faults.Fail(RequestMatch.Of(ApiKey.Produce).Once(), ErrorCode.UnknownProducerId);
        await world.Send("b");
        Assert.Equal(["0/0 a None", "0/1 b UnknownProducerId", "0/1 b None"], world.Seen());
        Assert.Equal(1, world.IdentitiesAsked);
    });

    // Brokers before 2.4 forget a producer with its last record.
    private static KafkaTestClusterOptions Old() => new KafkaTestClusterOptions().AsKafka("2.3");

    private static Partition PartitionOf(ProducerWorld world) => world.Cluster.Model.Topics.Find(ProducerWorld.Topic)!.Partitions[0];
}
