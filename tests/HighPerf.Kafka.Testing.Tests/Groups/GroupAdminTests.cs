using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Groups;
using HighPerf.Kafka.Testing.Groups.Classic;

namespace HighPerf.Kafka.Testing.Tests.Groups;

/// <summary>DescribeGroups, ListGroups, DeleteGroups.</summary>
public sealed class GroupAdminTests
{
    [Fact]
    public void Every_version_describes_a_stable_group() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await TestMember.FormAsync(broker, 2);
        byte[] subscription = members[0].JoinRequest().Protocols[0].Metadata;
        foreach (short version in Requests.Versions(0, 6))
        {
            DescribeGroupsRequest request = new() { Groups = ["g"], IncludeAuthorizedOperations = version >= 3 };
            DescribeGroupsResponse.DescribedGroup group = Assert.Single((await members[0].Client.CallAsync(request, version)).Groups);
            Assert.Equal((0, "g", "Stable", "consumer", "range"), (group.ErrorCode, group.GroupId, group.GroupState, group.ProtocolType, group.ProtocolData));
            Assert.Equal(version >= 3 ? 3400 : int.MinValue, group.AuthorizedOperations);
            Assert.Equal(members.Select(member => member.Id).Order(), group.Members.Select(member => member.MemberId).Order());
            Assert.All(group.Members, member => Assert.Equal("raw", member.ClientId));
            Assert.All(group.Members, member => Assert.StartsWith("/", member.ClientHost, StringComparison.Ordinal));
            Assert.All(group.Members, member => Assert.Equal(subscription, member.MemberMetadata));
            Assert.Equal([0, 1], members.Select(known => Assert.Single(group.Members.Single(member => member.MemberId == known.Id).MemberAssignment)));
        }
    });

    [Fact]
    public void Until_the_leader_has_assigned_members_have_neither_metadata_nor_assignments() => TestBroker.Simulate(async broker =>
    {
        TestMember member = (await TestMember.FormAsync(broker))[0];
        (_, Task<JoinGroupResponse> joining) = await TestMember.EnterAsync(broker);
        foreach (string state in (string[])["PreparingRebalance", "CompletingRebalance"])
        {
            DescribeGroupsResponse.DescribedGroup group = await DescribeAsync(member.Client, "g", 6);
            Assert.Equal((state, "consumer", "", 2), (group.GroupState, group.ProtocolType, group.ProtocolData, group.Members.Count));
            Assert.All(group.Members, known => Assert.Equal((0, 0), (known.MemberMetadata.Length, known.MemberAssignment.Length)));
            await member.JoinAsync();
            await joining;
        }
    });

    [Theory]
    [InlineData(5, ErrorCode.None, null)]
    [InlineData(6, ErrorCode.GroupIdNotFound, "Group none not found.")]
    public void A_group_that_is_not_there_is_dead(short version, ErrorCode expected, string? message) => TestBroker.Simulate(async broker =>
    {
        DescribeGroupsResponse.DescribedGroup group = await DescribeAsync(await broker.ConnectAsync(), "none", version);
        Assert.Equal((expected, "Dead", message, "none"), ((ErrorCode)group.ErrorCode, group.GroupState, group.ErrorMessage, group.GroupId));
        Assert.Empty(group.Members);
    });

    [Fact]
    public void Every_version_lists_and_the_newer_ones_filter() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        TestMember member = (await TestMember.FormAsync(broker))[0];
        await CommitAloneAsync(member.Client, "simple");
        foreach (short version in Requests.Versions(0, 5))
        {
            ListGroupsResponse response = await member.Client.CallAsync(new ListGroupsRequest(), version);
            string type = version < 5 ? "" : "classic";
            Assert.Equal(
                [("g", "consumer", version < 4 ? "" : "Stable", type), ("simple", "", version < 4 ? "" : "Empty", type)],
                response.Groups.Select(group => (group.GroupId, group.ProtocolType, group.GroupState, group.GroupType)));
        }

        Assert.Equal(["g"], await ListAsync(member.Client, ["Stable"], []));
        Assert.Equal(["simple"], await ListAsync(member.Client, [" empty", "Dead"], ["CLASSIC"]));
        Assert.Empty(await ListAsync(member.Client, ["PreparingRebalance"], []));
        Assert.Empty(await ListAsync(member.Client, [], ["consumer"]));
        Assert.Equal(["g", "simple"], await ListAsync(member.Client, [], ["share", "classic"]));
    });

    [Fact]
    public void Only_empty_groups_are_deleted_and_their_offsets_with_them() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        TestMember member = (await TestMember.FormAsync(broker))[0];
        await member.CommitAsync(5);
        foreach (short version in Requests.Versions(0, 3))
        {
            await CommitAloneAsync(member.Client, "simple");
            DeleteGroupsResponse response = await member.Client.CallAsync(new DeleteGroupsRequest { GroupsNames = ["g", "simple", "none", "simple"] }, version);
            Assert.Equal(
                [("g", ErrorCode.NonEmptyGroup), ("simple", ErrorCode.None), ("none", ErrorCode.GroupIdNotFound)],
                response.Results.Select(result => (result.GroupId, (ErrorCode)result.ErrorCode)));
        }

        await member.LeaveAsync();
        Assert.Equal(0, (await member.Client.CallAsync(new DeleteGroupsRequest { GroupsNames = ["g"] }, 2)).Results[0].ErrorCode);
        Assert.Equal("Dead", (await DescribeAsync(member.Client, "g", 5)).GroupState);
        OffsetFetchRequest fetch = new() { GroupId = "g", Topics = null };
        Assert.Empty((await member.Client.CallAsync(fetch, 7)).Topics);

        // A member of the old group is unknown to the new one, whose generations begin anew.
        await TestMember.FormAsync(broker);
        Assert.Equal(ErrorCode.UnknownMemberId, await member.HeartbeatAsync());
        Assert.Equal(1, Assert.IsType<ClassicGroup>(broker.Model.Groups.Find("g")).Generation);
    });

    [Fact]
    public void A_group_that_had_only_offsets_gets_members_and_keeps_them() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        await CommitAloneAsync(client, "g");
        Group before = broker.Model.Groups.Find("g")!;
        await TestMember.FormAsync(broker);
        Assert.Equal(5, Assert.Single(broker.Model.Groups.Find("g")!.Offsets.All).Offset);
        Assert.Same(before.Offsets, broker.Model.Groups.Find("g")!.Offsets);
    });

    private static async Task<DescribeGroupsResponse.DescribedGroup> DescribeAsync(RawClient client, string group, short version) =>
        Assert.Single((await client.CallAsync(new DescribeGroupsRequest { Groups = [group] }, version)).Groups);

    private static async Task<IEnumerable<string>> ListAsync(RawClient client, List<string> states, List<string> types) =>
        (await client.CallAsync(new ListGroupsRequest { StatesFilter = states, TypesFilter = types }, 5)).Groups.Select(group => group.GroupId);

    private static async Task CommitAloneAsync(RawClient client, string group)
    {
        OffsetCommitRequest request = new()
        {
            GroupId = group,
            Topics = [new() { Name = "t", Partitions = [new() { CommittedOffset = 5, CommittedMetadata = "" }] }],
        };
        Assert.Equal(0, (await client.CallAsync(request, 9)).Topics[0].Partitions[0].ErrorCode);
    }
}
