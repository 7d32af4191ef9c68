using System.Text.Json.Nodes;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>P8: sequence state survives a short loss of the topic; a stale view that misses a partition fails nothing.</summary>
public sealed class P08TopicLossTests
{
    [Fact]
    public void P8_numbers_go_on_when_the_topic_is_there_again() => new ProducerWorld().Run(async world =>
    {
        await world.SendAll("a", "b");
        int before = world.Batches().Count;
        world.Change(AnswerChange.Json(ApiKey.Metadata, int.MaxValue, static answer =>
        {
            answer["topics"]![0]!["errorCode"] = (int)ErrorCode.UnknownTopicOrPartition;
            answer["topics"]![0]!["partitions"] = new JsonArray();
        }));
        world.Faults.Fail(ApiKey.Produce, ErrorCode.UnknownTopicOrPartition);
        Task<RecordMetadata> sending = world.Send("c");
        await world.Delay(15);
        Task<RecordMetadata> later = world.Send("d");
        await world.Delay(1);
        Assert.False(sending.IsCompleted || later.IsCompleted, "longer than UnknownTopicTimeout, which is for topics that were never there");
        world.Faults.Clear();
        world.Cluster.Model.Interceptor = null;
        await Task.WhenAll(sending, later);
        await world.Send("e");
        Assert.All(world.Batches(), batch => Assert.Equal(0, batch.Header.ProducerEpoch));
        Assert.All(world.Batches().Skip(before).Where(batch => batch.Values.Contains("c")), batch => Assert.Equal(2, batch.Header.BaseSequence));
        Assert.Equal(["a", "b", "c", "d", "e"], world.LogValues());
        Assert.Equal(1, world.IdentitiesAsked);
    });

    [Fact]
    public void P8_records_of_a_partition_that_a_stale_view_misses_wait_for_it() => new ProducerWorld { Partitions = 2 }.Run(async world =>
    {
        await world.Send("a", partition: 1);
        world.Faults.Fail(new RequestMatch { ApiKey = ApiKey.Produce, Topic = ProducerWorld.Topic, Partition = 1, Times = 3 }, ErrorCode.NotLeaderOrFollower);
        AnswerChange stale = world.Change(AnswerChange.Json(ApiKey.Metadata, 2, static answer =>
        {
            JsonArray partitions = answer["topics"]![0]!["partitions"]!.AsArray();
            partitions.Remove(partitions.First(partition => (int)partition!["partitionIndex"]! == 1));
        }));
        Task<RecordMetadata> missed = world.Send("b", partition: 1);
        await world.Send("c", partition: 0);
        Assert.Equal(1, (await missed).Offset);
        Assert.True(stale.Hits > 0);
        await world.Send("d", partition: 1);
        Assert.Equal(["a", "b", "d"], world.LogValues(1));
        Assert.All(world.Batches(1), batch => Assert.Equal(0, batch.Header.ProducerEpoch));
    });
}
