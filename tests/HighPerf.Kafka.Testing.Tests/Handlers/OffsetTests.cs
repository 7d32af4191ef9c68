using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Handlers;

public sealed class OffsetTests
{
    [Fact]
    public void What_is_committed_is_fetched_in_every_version() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t", partitions: 2);
        RawClient client = await broker.ConnectAsync();
        long offset = 10;
        foreach (short version in Requests.Versions(2, 10))
        {
            OffsetCommitRequest commit = Commit("g", id, version, 1, ++offset, "m");
            OffsetCommitResponse.OffsetCommitResponseTopic topic = Assert.Single((await client.CallAsync(commit, version)).Topics);
            Assert.Equal((1, 0), (topic.Partitions[0].PartitionIndex, topic.Partitions[0].ErrorCode));
            foreach (short fetchVersion in Requests.Versions(1, 10))
            {
                Assert.Equal((offset, "m", ErrorCode.None), await Fetch(client, "g", id, fetchVersion, 1));
                Assert.Equal((-1, "", ErrorCode.None), await Fetch(client, "g", id, fetchVersion, 0));
                Assert.Equal((-1, "", ErrorCode.None), await Fetch(client, "other", id, fetchVersion, 1));
            }
        }
    });

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(10)]
    public void Without_topics_everything_is_fetched(short version) => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t", partitions: 2);
        RawClient client = await broker.ConnectAsync();
        await client.CallAsync(Commit("g", id, 9, 1, 5, ""), 9);
        await client.CallAsync(Commit("g", id, 9, 0, 7, ""), 9);
        OffsetFetchRequest request = version < 8
            ? new OffsetFetchRequest { GroupId = "g", Topics = null }
            : new OffsetFetchRequest { Groups = [new OffsetFetchRequest.OffsetFetchRequestGroup { GroupId = "g", Topics = null }] };
        OffsetFetchResponse response = await client.CallAsync(request, version);
        IEnumerable<(int, long)> found = version < 8
            ? response.Topics.SelectMany(topic => topic.Partitions).Select(partition => (partition.PartitionIndex, partition.CommittedOffset))
            : response.Groups.SelectMany(group => group.Topics).SelectMany(topic => topic.Partitions).Select(p => (p.PartitionIndex, p.CommittedOffset));
        Assert.Equal([(1, 5), (0, 7)], found);
    });

    [Theory]
    [InlineData(9, "nobody", 0, 0, ErrorCode.UnknownTopicOrPartition)]
    [InlineData(10, "nobody", 0, 0, ErrorCode.UnknownTopicId)]
    [InlineData(9, "t", 2, 0, ErrorCode.UnknownTopicOrPartition)]
    [InlineData(9, "t", -1, 0, ErrorCode.UnknownTopicOrPartition)]
    [InlineData(9, "t", 0, 4096, ErrorCode.None)]
    [InlineData(9, "t", 0, 4097, ErrorCode.OffsetMetadataTooLarge)]
    public void A_commit_is_refused_for_its_partition_G6(short version, string topic, int partition, int metadata, ErrorCode expected) => TestBroker.Simulate(
        async broker =>
        {
            Guid id = await broker.CreateTopicAsync("t", partitions: 2);
            RawClient client = await broker.ConnectAsync();
            OffsetCommitRequest request = Commit("g", topic == "t" ? id : Requests.NoSuchTopic, version, partition, 1, new string('m', metadata));
            request.Topics[0].Name = version < 10 ? topic : "";
            OffsetCommitResponse response = await client.CallAsync(request, version);
            Assert.Equal(expected, (ErrorCode)response.Topics[0].Partitions[0].ErrorCode);
        });

    [Theory]
    [InlineData(7, ErrorCode.IllegalGeneration)]
    [InlineData(9, ErrorCode.GroupIdNotFound)]
    public void There_are_no_members(short version, ErrorCode expected) => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        OffsetCommitRequest request = Commit("g", id, version, 0, 1, "");
        request.GenerationIdOrMemberEpoch = 3;
        request.MemberId = "someone";
        Assert.Equal(expected, (ErrorCode)(await client.CallAsync(request, version)).Topics[0].Partitions[0].ErrorCode);
        Assert.Equal((-1, "", ErrorCode.None), await Fetch(client, "g", id, version, 0));
    });

    [Fact]
    public void Offsets_go_with_their_topic() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        await client.CallAsync(Commit("g", id, 9, 0, 5, ""), 9);
        await client.CallAsync(new DeleteTopicsRequest { TopicNames = ["t"] }, 5);
        Guid again = await broker.CreateTopicAsync("t");
        Assert.Equal((-1, "", ErrorCode.None), await Fetch(client, "g", id, 9, 0));
        Assert.Equal((-1, "", ErrorCode.None), await Fetch(client, "g", again, 10, 0));
        Assert.Equal((-1, "", ErrorCode.UnknownTopicId), await Fetch(client, "g", id, 10, 0));
    });

    [Fact]
    public void The_coordinator_is_found_in_every_version() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        foreach (short version in Requests.Versions(0, 6))
        {
            FindCoordinatorRequest request = version < 4 ? new() { Key = "g" } : new() { CoordinatorKeys = ["g", "h"] };
            FindCoordinatorResponse response = await client.CallAsync(request, version);
            IEnumerable<(int, string, int)> found = version < 4
                ? [(response.NodeId, response.Host, response.Port)]
                : response.Coordinators.Select(coordinator => (coordinator.NodeId, coordinator.Host, coordinator.Port));
            Assert.All(found, node => Assert.Equal((1, broker.Broker.Host, broker.Broker.Port), node));
            Assert.Equal(version < 4 ? 1 : 2, found.Count());
        }

        FindCoordinatorResponse unknown = await client.CallAsync(new FindCoordinatorRequest { KeyType = 9, CoordinatorKeys = ["x"] }, 4);
        Assert.Equal(ErrorCode.InvalidRequest, (ErrorCode)unknown.Coordinators[0].ErrorCode);
    });

    private static OffsetCommitRequest Commit(string group, Guid id, short version, int partition, long offset, string metadata) => new()
    {
        GroupId = group,
        Topics =
        [
            new OffsetCommitRequest.OffsetCommitRequestTopic
            {
                Name = version < 10 ? "t" : "",
                TopicId = version < 10 ? default : id,
                Partitions =
                [
                    new OffsetCommitRequest.OffsetCommitRequestPartition { PartitionIndex = partition, CommittedOffset = offset, CommittedMetadata = metadata },
                ],
            },
        ],
    };

    private static async Task<(long Offset, string? Metadata, ErrorCode Error)> Fetch(RawClient client, string group, Guid id, short version, int partition)
    {
        if (version < 8)
        {
            OffsetFetchRequest single = new()
            {
                GroupId = group,
                Topics = [new OffsetFetchRequest.OffsetFetchRequestTopic { Name = "t", PartitionIndexes = [partition] }],
            };
            OffsetFetchResponse.OffsetFetchResponsePartition found = Assert.Single((await client.CallAsync(single, version)).Topics[0].Partitions);
            return (found.CommittedOffset, found.Metadata, (ErrorCode)found.ErrorCode);
        }

        OffsetFetchRequest request = new()
        {
            Groups =
            [
                new OffsetFetchRequest.OffsetFetchRequestGroup
                {
                    GroupId = group,
                    Topics =
                    [
                        new OffsetFetchRequest.OffsetFetchRequestTopics
                        {
                            Name = version < 10 ? "t" : "",
                            TopicId = version < 10 ? default : id,
                            PartitionIndexes = [partition],
                        },
                    ],
                },
            ],
        };
        OffsetFetchResponse.OffsetFetchResponsePartitions answer = Assert.Single((await client.CallAsync(request, version)).Groups[0].Topics[0].Partitions);
        return (answer.CommittedOffset, answer.Metadata, (ErrorCode)answer.ErrorCode);
    }
}
