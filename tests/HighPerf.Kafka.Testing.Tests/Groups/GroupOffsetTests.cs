using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Groups;

namespace HighPerf.Kafka.Testing.Tests.Groups;

/// <summary>Who may commit, what is fetched while a transaction is open, what is deleted, what expires.</summary>
public sealed class GroupOffsetTests
{
    [Theory]
    [InlineData("Stable", 2, null, null, ErrorCode.None)]
    [InlineData("Stable", 1, null, null, ErrorCode.IllegalGeneration)]
    [InlineData("Stable", 3, null, null, ErrorCode.IllegalGeneration)]
    [InlineData("Stable", -1, null, null, ErrorCode.IllegalGeneration)]
    [InlineData("Stable", -1, "", null, ErrorCode.UnknownMemberId)]
    [InlineData("Stable", 2, "", null, ErrorCode.UnknownMemberId)]
    [InlineData("Stable", 2, "nobody", null, ErrorCode.UnknownMemberId)]
    [InlineData("Stable", 7, "nobody", null, ErrorCode.UnknownMemberId)]
    [InlineData("Stable", 2, null, "nobody", ErrorCode.UnknownMemberId)]
    [InlineData("PreparingRebalance", 2, null, null, ErrorCode.None)]
    [InlineData("PreparingRebalance", 1, null, null, ErrorCode.IllegalGeneration)]
    [InlineData("PreparingRebalance", -1, "", null, ErrorCode.UnknownMemberId)]
    [InlineData("CompletingRebalance", 3, null, null, ErrorCode.RebalanceInProgress)]
    [InlineData("CompletingRebalance", 2, null, null, ErrorCode.IllegalGeneration)]
    [InlineData("CompletingRebalance", 3, "nobody", null, ErrorCode.UnknownMemberId)]
    [InlineData("CompletingRebalance", -1, "", null, ErrorCode.UnknownMemberId)]
    [InlineData("Empty", -1, "", null, ErrorCode.None)]
    [InlineData("Empty", -1, "nobody", "nobody", ErrorCode.None)]
    [InlineData("Empty", 3, null, null, ErrorCode.UnknownMemberId)]
    public void Who_may_commit(string state, int generation, string? memberId, string? instanceId, ErrorCode expected) => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        List<TestMember> members = await TestMember.FormAsync(broker, 2);
        TestMember member = await BringToAsync(broker, members, state);
        member.Generation = generation;
        member.Id = memberId ?? member.Id;
        member.InstanceId = instanceId;
        foreach (short version in Requests.Versions(instanceId is null ? (short)2 : (short)7, 9))
        {
            Assert.Equal(expected, await member.CommitAsync(version, version));
        }

        Group group = broker.Model.Groups.Find("g")!;
        Assert.Equal(state, group.State);
        Assert.Equal(expected == ErrorCode.None ? [9L] : [], group.Offsets.All.Select(committed => committed.Offset));
    });

    [Theory]
    [InlineData("Stable", -1, "", ErrorCode.None)]
    [InlineData("CompletingRebalance", -1, "", ErrorCode.None)]
    [InlineData("CompletingRebalance", 3, null, ErrorCode.None)]
    [InlineData("Stable", 2, null, ErrorCode.None)]
    [InlineData("Stable", 1, null, ErrorCode.IllegalGeneration)]
    [InlineData("Stable", 2, "nobody", ErrorCode.UnknownMemberId)]
    public void A_transaction_may_commit_for_anybody_but_not_for_a_wrong_member(string state, int generation, string? memberId, ErrorCode expected) =>
        TestBroker.Simulate(async broker =>
        {
            List<TestMember> members = await TestMember.FormAsync(broker, 2);
            TestMember member = await BringToAsync(broker, members, state);
            Group group = broker.Model.Groups.Find("g")!;
            Assert.Equal(expected, group.CheckCommit(memberId ?? member.Id, null, generation, 3, isTransactional: true));
        });

    [Fact]
    public void Partitions_that_are_not_there_are_refused_before_the_group_is_asked() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        OffsetCommitRequest request = Commit("", 1, "t", 0, 1);
        request.GenerationIdOrMemberEpoch = 4;
        request.Topics.Add(new() { Name = "nothing", Partitions = [new() { CommittedMetadata = "" }] });
        OffsetCommitResponse response = await client.CallAsync(request, 9);
        Assert.Equal(
            [ErrorCode.GroupIdNotFound, ErrorCode.UnknownTopicOrPartition, ErrorCode.UnknownTopicOrPartition],
            response.Topics.SelectMany(topic => topic.Partitions).Select(partition => (ErrorCode)partition.ErrorCode));
    });

    [Fact]
    public void A_commit_that_does_not_fit_into_a_batch_is_refused_as_a_whole() => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t", 300);
            RawClient client = await broker.ConnectAsync();
            OffsetCommitRequest request = Commit(new string('m', 4000), 1, "t", [.. Enumerable.Range(0, 300)]);
            OffsetCommitResponse refused = await client.CallAsync(request, 9);
            Assert.All(refused.Topics[0].Partitions, partition => Assert.Equal(ErrorCode.InvalidCommitOffsetSize, (ErrorCode)partition.ErrorCode));
            request.Topics[0].Partitions.RemoveRange(200, 100);
            OffsetCommitResponse taken = await client.CallAsync(request, 9);
            Assert.All(taken.Topics[0].Partitions, partition => Assert.Equal(0, partition.ErrorCode));
        });

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    public void While_a_transaction_is_open_a_stable_offset_is_not_there(short version) => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t", 2);
        RawClient client = await broker.ConnectAsync();
        await client.CallAsync(Commit("", 5, "t", 0, 1), 9);
        broker.Model.Groups.Find("g")!.Offsets.AddPending(77, new CommittedOffset(id, 0) { Offset = 9 });
        Assert.Equal([(0, 5, ErrorCode.None), (1, 5, ErrorCode.None)], await FetchAsync(client, version, requireStable: false, all: false));
        Assert.Equal([(0, -1, ErrorCode.UnstableOffsetCommit), (1, 5, ErrorCode.None)], await FetchAsync(client, version, requireStable: true, all: false));
        Assert.Equal([(0, -1, ErrorCode.UnstableOffsetCommit), (1, 5, ErrorCode.None)], await FetchAsync(client, version, requireStable: true, all: true));
    });

    [Fact]
    public void Offsets_of_what_members_consume_are_not_deleted() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t", 2);
        await broker.CreateTopicAsync("u");
        RawClient client = await broker.ConnectAsync();
        await client.CallAsync(Commit("", 5, "t", 0, 1), 9);
        await client.CallAsync(Commit("", 5, "u", 0), 9);
        TestMember member = (await TestMember.FormAsync(broker))[0];
        OffsetDeleteRequest request = new()
        {
            GroupId = "g",
            Topics =
            [
                new() { Name = "t", Partitions = [new() { PartitionIndex = 1 }, new() { PartitionIndex = 2 }] },
                new() { Name = "u", Partitions = [new()] },
            ],
        };
        Assert.Equal([ErrorCode.GroupSubscribedToTopic, ErrorCode.UnknownTopicOrPartition, ErrorCode.None], await DeleteAsync(client, request));
        Assert.Equal([0, 1], broker.Model.Groups.Find("g")!.Offsets.All.Select(committed => committed.Partition));
        await member.LeaveAsync();
        Assert.Equal([ErrorCode.None, ErrorCode.UnknownTopicOrPartition, ErrorCode.None], await DeleteAsync(client, request));
        Assert.Equal([0], broker.Model.Groups.Find("g")!.Offsets.All.Select(committed => committed.Partition));
    });

    [Fact]
    public void Offsets_are_deleted_of_empty_groups_and_of_consumers_only() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        OffsetDeleteRequest request = new() { GroupId = "g", Topics = [new() { Name = "t", Partitions = [new()] }] };
        Assert.Equal(ErrorCode.GroupIdNotFound, (ErrorCode)(await client.CallAsync(request, 0)).ErrorCode);
        TestMember member = (await TestMember.FormAsync(broker, 1, member => member.ProtocolType = "connect"))[0];
        OffsetDeleteResponse refused = await client.CallAsync(request, 0);
        Assert.Equal((ErrorCode.NonEmptyGroup, 0), ((ErrorCode)refused.ErrorCode, refused.Topics.Count));
        await member.LeaveAsync();
        Assert.Equal([ErrorCode.None], await DeleteAsync(client, request));
        request.GroupId = "";
        Assert.Equal(ErrorCode.InvalidGroupId, (ErrorCode)(await client.CallAsync(request, 0)).ErrorCode);
    });

    [Fact]
    public void A_group_whose_subscriptions_cannot_be_read_consumes_everything() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        JoinGroupRequest join = (await TestMember.ConnectAsync(broker)).JoinRequest();
        join.Protocols[0].Metadata = [0];
        Assert.Equal(0, (await client.CallAsync(join, 3)).ErrorCode);
        OffsetDeleteRequest request = new() { GroupId = "g", Topics = [new() { Name = "t", Partitions = [new()] }] };
        Assert.Equal([ErrorCode.GroupSubscribedToTopic], await DeleteAsync(client, request));
    });

    [Fact]
    public void Offsets_expire_when_their_group_has_been_empty_for_long_enough() => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t", 2);
            await broker.CreateTopicAsync("u");
            RawClient client = await broker.ConnectAsync();
            TestMember member = (await TestMember.FormAsync(broker, 1, member => member.SessionTimeoutMs = 1_000_000))[0];
            await member.CommitAsync(5);
            await broker.WaitAsync(TimeSpan.FromMinutes(2.5));
            Group group = broker.Model.Groups.Find("g")!;
            Assert.Single(group.Offsets.All);
            await member.LeaveAsync();
            await broker.WaitAsync(TimeSpan.FromMinutes(1.7));
            Assert.Single(group.Offsets.All);
            await broker.WaitAsync(TimeSpan.FromMinutes(0.5));
            Assert.Empty(group.Offsets.All);
            Assert.Null(broker.Model.Groups.Find("g"));
        },
        Expiring);

    [Fact]
    public void Of_a_simple_group_and_of_topics_that_nobody_consumes_each_offset_expires_by_itself() => TestBroker.Simulate(
        async broker =>
        {
            Guid id = await broker.CreateTopicAsync("t", 2);
            await broker.CreateTopicAsync("u", 2);
            RawClient client = await broker.ConnectAsync();
            await client.CallAsync(Commit("", 5, "t", 0), 9);
            await client.CallAsync(Commit("", 5, "u", 0), 9);
            OffsetCommitRequest brief = Commit("", 5, "u", 1);
            brief.RetentionTimeMs = 1000;
            await client.CallAsync(brief, 4);
            Group group = broker.Model.Groups.Find("g")!;
            await TestMember.FormAsync(broker, 1, member => member.SessionTimeoutMs = 1_000_000);
            await broker.WaitAsync(TimeSpan.FromSeconds(20));
            Assert.Equal([0, 0], group.Offsets.All.Select(committed => committed.Partition));
            await broker.WaitAsync(TimeSpan.FromMinutes(2));
            Assert.Equal(id, Assert.Single(group.Offsets.All).Topic);
        },
        Expiring);

    private static KafkaTestClusterOptions Expiring => new()
    {
        BrokerSettings = { ["offsets.retention.minutes"] = "2", ["offsets.retention.check.interval.ms"] = "10000" },
    };

    /// <summary>Brings a group of two in generation 2 to a state; returns a member that is free to talk.</summary>
    private static async Task<TestMember> BringToAsync(TestBroker broker, List<TestMember> members, string state)
    {
        switch (state)
        {
            case "PreparingRebalance":
                _ = members[0].JoinAsync();
                await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
                return members[1];
            case "CompletingRebalance":
                Task joining = members[0].JoinAsync();
                await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
                await members[1].JoinAsync();
                await joining;
                return members[0];
            case "Empty":
                await members[0].LeaveAsync();
                await members[1].LeaveAsync();
                return members[0];
            default:
                return members[0];
        }
    }

    private static OffsetCommitRequest Commit(string metadata, long offset, string topic, params int[] partitions) => new()
    {
        GroupId = "g",
        Topics =
        [
            new()
            {
                Name = topic,
                Partitions = [.. partitions.Select(index => new OffsetCommitRequest.OffsetCommitRequestPartition
                {
                    PartitionIndex = index,
                    CommittedOffset = offset,
                    CommittedMetadata = metadata,
                })],
            },
        ],
    };

    private static async Task<List<ErrorCode>> DeleteAsync(RawClient client, OffsetDeleteRequest request)
    {
        OffsetDeleteResponse response = await client.CallAsync(request, 0);
        Assert.Equal(0, response.ErrorCode);
        return [.. response.Topics.SelectMany(topic => topic.Partitions).Select(partition => (ErrorCode)partition.ErrorCode)];
    }

    private static async Task<List<(int Partition, long Offset, ErrorCode Error)>> FetchAsync(RawClient client, short version, bool requireStable, bool all)
    {
        if (version < 8)
        {
            OffsetFetchRequest single = new()
            {
                GroupId = "g",
                RequireStable = requireStable,
                Topics = all ? null : [new() { Name = "t", PartitionIndexes = [0, 1] }],
            };
            OffsetFetchResponse answer = await client.CallAsync(single, version);
            return [.. answer.Topics[0].Partitions.Select(p => (p.PartitionIndex, p.CommittedOffset, (ErrorCode)p.ErrorCode))];
        }

        OffsetFetchRequest request = new()
        {
            RequireStable = requireStable,
            Groups =
            [
                new() { GroupId = "g", Topics = all ? null : [new() { Name = "t", PartitionIndexes = [0, 1] }] },
                new() { GroupId = "none", Topics = [] },
            ],
        };
        OffsetFetchResponse response = await client.CallAsync(request, version);
        Assert.Equal(["g", "none"], response.Groups.Select(group => group.GroupId));
        Assert.All(response.Groups, group => Assert.Equal(0, group.ErrorCode));
        return [.. response.Groups[0].Topics[0].Partitions.Select(p => (p.PartitionIndex, p.CommittedOffset, (ErrorCode)p.ErrorCode))];
    }
}
