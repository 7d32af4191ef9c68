using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Tests.Metadata;

public sealed class MetadataMergerTests
{
    private static readonly Guid Id = new("11111111-2222-3333-4444-555555555555");

    [Fact]
    public void F9_an_older_leader_epoch_of_the_same_topic_is_ignored_equal_and_unknown_ones_are_taken()
    {
        ClusterMetadata known = Merge(ClusterMetadata.CreateEmpty(), Topic("a", Id, (1, 5), (1, 5), (1, 5), (1, 5)));
        ClusterMetadata next = Merge(known, Topic("a", Id, (2, 4), (2, 5), (2, 6), (2, -1)));

        Assert.True(next.TryGetTopic("a", out TopicMetadata? topic));
        Assert.Equal([(1, 5), (2, 5), (2, 6), (2, -1)], topic.Partitions.Select(p => (p.Leader, p.LeaderEpoch)));
    }

    [Fact]
    public void KIP951_a_leader_that_is_named_counts_when_its_epoch_is_newer_and_its_address_known()
    {
        ClusterMetadata known = Merge(ClusterMetadata.CreateEmpty(), Topic("a", Id, (1, 5), (1, 5), (1, 5), (1, 5)));
        LeaderHint[] hints = [new("a", 0, 7, 6), new("a", 1, 7, 5), new("a", 2, 8, 9), new("a", 9, 7, 9), new("x", 0, 7, 9), new("a", 3, 7, 6)];
        ClusterMetadata? next = MetadataMerger.WithLeaders(known, hints, [new BrokerEndpoint(7, "seven", 7), new BrokerEndpoint(8, "", 0)]);
        Assert.NotNull(next);
        Assert.True(next.TryGetTopic("a", out TopicMetadata? topic));
        Assert.Equal([(7, 6), (1, 5), (1, 5), (7, 6)], topic.Partitions.Select(p => (p.Leader, p.LeaderEpoch)));
        Assert.True(next.TryGetBroker(7, out BrokerEndpoint? seven));
        Assert.Equal("seven:7", seven.Address);
        Assert.False(next.TryGetBroker(8, out _));
        Assert.Equal(known.Generation + 1, next.Generation);
        Assert.Null(MetadataMerger.WithLeaders(next, hints, []));
    }

    [Fact]
    public void F11_another_topic_id_is_another_topic()
    {
        ClusterMetadata known = Merge(ClusterMetadata.CreateEmpty(), Topic("a", Id, (1, 5), (1, 5)));
        Guid other = new("99999999-2222-3333-4444-555555555555");
        ClusterMetadata next = Merge(known, Topic("a", other, (2, 0)));

        Assert.True(next.TryGetTopic("a", out TopicMetadata? topic));
        Assert.Equal(other, topic.Id);
        Assert.Equal((2, 0), (topic.Partitions.Single().Leader, topic.Partitions.Single().LeaderEpoch));
        Assert.False(next.TryGetTopic(Id, out _));
        Assert.True(next.TryGetTopic(other, out _));
    }

    [Fact]
    public void P8_a_topic_or_partition_missing_for_a_moment_keeps_what_was_known()
    {
        ClusterMetadata known = Merge(ClusterMetadata.CreateEmpty(), Topic("a", Id, (1, 5), (2, 6)));
        ClusterMetadata lost = Merge(known, new MetadataResponse.MetadataResponseTopic
        {
            Name = "a", ErrorCode = (short)ErrorCode.UnknownTopicOrPartition,
        });
        Assert.True(lost.TryGetTopic("a", out TopicMetadata? topic));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, topic.Error);
        Assert.Equal([1, 2], topic.Partitions.Select(p => p.Leader));
        Assert.Equal(Id, topic.Id);

        ClusterMetadata fewer = Merge(lost, Topic("a", Id, (3, 7)));
        Assert.True(fewer.TryGetTopic("a", out topic));
        Assert.Equal(ErrorCode.None, topic.Error);
        Assert.Equal([3, 2], topic.Partitions.Select(p => p.Leader));
    }

    [Fact]
    public void Topics_that_were_not_asked_about_stay_and_brokers_are_replaced()
    {
        ClusterMetadata known = Merge(ClusterMetadata.CreateEmpty(), Topic("b", Id, (1, 5)));
        MetadataResponse answer = new() { ClusterId = "c", ControllerId = 7 };
        answer.Brokers.Add(new MetadataResponse.MetadataResponseBroker { NodeId = 7, Host = "seven", Port = 9092, Rack = "r" });
        answer.Brokers.Add(new MetadataResponse.MetadataResponseBroker { NodeId = 2, Host = "two", Port = 9092 });
        answer.Brokers.Add(new MetadataResponse.MetadataResponseBroker { NodeId = 3, Host = "", Port = 9092 });
        answer.Brokers.Add(new MetadataResponse.MetadataResponseBroker { NodeId = 4, Host = "four", Port = 70000 });
        answer.Topics.Add(Topic("a", Guid.Empty, (2, 0)));
        ClusterMetadata next = MetadataMerger.Merge(known, answer);

        Assert.Equal(["a", "b"], next.Topics.Select(t => t.Name));
        Assert.Equal([2, 7], next.Brokers.Select(b => b.Id));
        Assert.Equal(2, next.Generation);
        Assert.Equal(("c", 7), (next.ClusterId, next.ControllerId));
        Assert.True(next.TryGetBroker(7, out BrokerEndpoint? seven));
        Assert.Equal(("seven:9092", "r"), (seven.Address, seven.Rack));
        Assert.False(next.TryGetBroker(1, out _));
        Assert.False(next.TryGetBroker(8, out _));
    }

    [Fact]
    public void W3_absurd_partition_numbers_do_not_allocate_and_gaps_have_no_leader()
    {
        MetadataResponse.MetadataResponseTopic told = Topic("a", Id, (1, 1));
        told.Partitions.Add(new MetadataResponse.MetadataResponsePartition { PartitionIndex = int.MaxValue, LeaderId = 1 });
        told.Partitions.Add(new MetadataResponse.MetadataResponsePartition { PartitionIndex = -1, LeaderId = 1 });
        told.Partitions.Add(new MetadataResponse.MetadataResponsePartition { PartitionIndex = 3, LeaderId = 4 });
        ClusterMetadata next = Merge(ClusterMetadata.CreateEmpty(), told);

        Assert.True(next.TryGetTopic("a", out TopicMetadata? topic));
        Assert.Equal([1, -1, -1, 4], topic.Partitions.Select(p => p.Leader));
        Assert.Equal([0, 1, 2, 3], topic.Partitions.Select(p => p.Partition));
        Assert.Equal(ErrorCode.LeaderNotAvailable, topic.Partitions[1].Error);
        Assert.Equal(-1, topic.LeaderOf(4));
        Assert.Equal(-1, topic.LeaderOf(-1));
    }

    private static ClusterMetadata Merge(ClusterMetadata known, MetadataResponse.MetadataResponseTopic topic)
    {
        MetadataResponse answer = new();
        answer.Topics.Add(topic);
        return MetadataMerger.Merge(known, answer);
    }

    private static MetadataResponse.MetadataResponseTopic Topic(string name, Guid id, params (int Leader, int Epoch)[] partitions)
    {
        MetadataResponse.MetadataResponseTopic topic = new() { Name = name, TopicId = id };
        for (int i = 0; i < partitions.Length; i++)
        {
            topic.Partitions.Add(new MetadataResponse.MetadataResponsePartition
            {
                PartitionIndex = i, LeaderId = partitions[i].Leader, LeaderEpoch = partitions[i].Epoch,
            });
        }

        return topic;
    }
}
