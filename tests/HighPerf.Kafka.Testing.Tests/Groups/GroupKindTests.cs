using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Groups;
using HighPerf.Kafka.Testing.Tests.ConsumerGroups;

namespace HighPerf.Kafka.Testing.Tests.Groups;

/// <summary>Where the classic protocol and that of KIP-848 meet.</summary>
public sealed class GroupKindTests
{
    [Fact]
    public void A_consumer_group_with_members_takes_no_classic_ones() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        GroupClient consumer = await GroupClient.ConnectAsync(broker);
        Assert.Equal(0, (await consumer.JoinAsync("m", "t")).ErrorCode);
        TestMember classic = await TestMember.ConnectAsync(broker);
        JoinGroupResponse refused = await classic.JoinAsync();
        Assert.Equal((ErrorCode.InconsistentGroupProtocol, ""), ((ErrorCode)refused.ErrorCode, refused.MemberId));
        classic.Id = "m";
        classic.Generation = 1;
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, (ErrorCode)(await classic.JoinAsync()).ErrorCode);
        Assert.Equal(ErrorCode.UnknownMemberId, (ErrorCode)(await classic.SyncAsync()).ErrorCode);
        Assert.Equal(ErrorCode.UnknownMemberId, await classic.HeartbeatAsync());
    });

    [Fact]
    public void An_administrator_takes_members_out_of_a_consumer_group() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        GroupClient consumer = await GroupClient.ConnectAsync(broker);
        await consumer.JoinAsync("a", "t");
        await consumer.JoinStaticAsync("b", "i", "t");
        LeaveGroupRequest request = new()
        {
            GroupId = "g",
            Members =
            [
                new() { MemberId = "nobody" }, new() { MemberId = "a", GroupInstanceId = "i" }, new() { GroupInstanceId = "i" }, new() { MemberId = "a" },
            ],
        };
        LeaveGroupResponse response = await (await broker.ConnectAsync()).CallAsync(request, 5);
        Assert.Equal(
            [ErrorCode.UnknownMemberId, ErrorCode.FencedInstanceId, ErrorCode.None, ErrorCode.None],
            response.Members.Select(member => (ErrorCode)member.ErrorCode));
        Assert.True(broker.Model.Groups.Find("g")!.IsEmpty);
    });

    [Fact]
    public void An_empty_consumer_group_becomes_a_classic_one_and_back_and_its_offsets_stay() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        GroupClient consumer = await GroupClient.ConnectAsync(broker);
        Assert.Equal(0, (await consumer.JoinAsync("m", "t")).ErrorCode);
        Assert.Equal(0, (await consumer.BeatAsync("m", -1)).ErrorCode);
        TestMember classic = await TestMember.ConnectAsync(broker);
        Assert.Equal(ErrorCode.None, await classic.CommitAsync(5));
        Assert.Equal((GroupKind.Consumer, true), (broker.Model.Groups.Find("g")!.Kind, broker.Model.Groups.Find("g")!.IsEmpty));

        // Only a new member can change what the group is.
        classic.Id = "somebody";
        Assert.Equal(ErrorCode.UnknownMemberId, (ErrorCode)(await classic.JoinAsync()).ErrorCode);
        Assert.Equal(GroupKind.Consumer, broker.Model.Groups.Find("g")!.Kind);
        TestMember member = (await TestMember.FormAsync(broker))[0];
        Assert.Equal((GroupKind.Classic, 1), (broker.Model.Groups.Find("g")!.Kind, member.Generation));
        Assert.Equal(5, Assert.Single(broker.Model.Groups.Find("g")!.Offsets.All).Offset);
        Assert.Equal(ErrorCode.GroupIdNotFound, (ErrorCode)(await consumer.JoinAsync("m", "t")).ErrorCode);
        await member.LeaveAsync();
        Assert.Equal(0, (await consumer.JoinAsync("m", "t")).ErrorCode);
        Assert.Equal(GroupKind.Consumer, broker.Model.Groups.Find("g")!.Kind);
        Assert.Equal(5, Assert.Single(broker.Model.Groups.Find("g")!.Offsets.All).Offset);
        Assert.Equal(ErrorCode.UnknownMemberId, await member.HeartbeatAsync());
    });

    [Fact]
    public void A_consumer_group_is_listed_with_its_type_and_is_none_for_DescribeGroups() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        GroupClient consumer = await GroupClient.ConnectAsync(broker);
        await consumer.JoinAsync("m", "t");
        RawClient client = await broker.ConnectAsync();
        ListGroupsResponse.ListedGroup listed = Assert.Single((await client.CallAsync(new ListGroupsRequest { TypesFilter = ["consumer"] }, 5)).Groups);
        Assert.Equal(("g", "consumer", "consumer", "Stable"), (listed.GroupId, listed.ProtocolType, listed.GroupType, listed.GroupState));
        Assert.Empty((await client.CallAsync(new ListGroupsRequest { TypesFilter = ["classic"] }, 5)).Groups);
        DescribeGroupsResponse.DescribedGroup described = (await client.CallAsync(new DescribeGroupsRequest { Groups = ["g"] }, 6)).Groups[0];
        Assert.Equal((ErrorCode.GroupIdNotFound, "Group g is not a classic group."), ((ErrorCode)described.ErrorCode, described.ErrorMessage));
        Assert.Equal("Dead", (await client.CallAsync(new DescribeGroupsRequest { Groups = ["g"] }, 5)).Groups[0].GroupState);
        DeleteGroupsResponse deleted = await client.CallAsync(new DeleteGroupsRequest { GroupsNames = ["g"] }, 2);
        Assert.Equal(ErrorCode.NonEmptyGroup, (ErrorCode)deleted.Results[0].ErrorCode);
    });
}
