using HighPerf.Kafka.Groups;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Groups;

/// <summary>What goes over the wire, field by field.</summary>
public sealed class MembershipWireTests
{
    public static TheoryData<ulong> Seeds => Simulation.Seeds;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_leader_joins_and_assigns_and_nonsense_of_another_member_costs_that_one_only(ulong seed) => ScriptedGroup.Run(
        seed,
        static (connection, request) => Lead(connection, request, "m", [0, 3, 0xff]),
        static async group =>
        {
            group.Subscribe("t", "missing");
            await group.Wait(2);
            JoinGroupRequest[] joins = [.. group.Cluster.Requests(ApiKey.JoinGroup).Select(static request => request.Message<JoinGroupRequest>())];
            Assert.Equal(["", "m"], joins.Select(static join => join.MemberId));
            Assert.All(joins, static join =>
            {
                Assert.Equal(("g", 30_000, 90_000, "consumer", "i"), (
                    join.GroupId, join.SessionTimeoutMs, join.RebalanceTimeoutMs, join.ProtocolType, join.GroupInstanceId));
                Assert.Equal(["range", "cooperative-sticky"], join.Protocols.Select(static protocol => protocol.Name));
                GroupMember told = ConsumerMetadata.ReadMember("m", null, join.Protocols[0].Metadata);
                Assert.Equal(["missing", "t"], told.Topics);
                Assert.Equal(("r1", -1), (told.RackId, told.Generation));
                Assert.Empty(told.OwnedPartitions);
            });
            SyncGroupRequest sync = Assert.Single(group.Cluster.Requests(ApiKey.SyncGroup)).Message<SyncGroupRequest>();
            Assert.Equal(("g", 5, "m", "i", "consumer", "range"), (
                sync.GroupId, sync.GenerationId, sync.MemberId, sync.GroupInstanceId, sync.ProtocolType, sync.ProtocolName));
            Assert.Equal(
                ["m: t-0 t-1 t-2 t-3", "z: "],
                sync.Assignments.Select(static a => $"{a.MemberId}: {string.Join(' ', ConsumerMetadata.ReadAssignment(a.Assignment))}"));
            Assert.Equal(4, group.OwnedPartitions.Count);
            await group.Wait(10);
            HeartbeatRequest beat = group.Last<HeartbeatRequest>(ApiKey.Heartbeat);
            Assert.Equal(("g", 5, "m", "i"), (beat.GroupId, beat.GenerationId, beat.MemberId, beat.GroupInstanceId));
        },
        static options =>
        {
            options.PartitionAssignors = null;
            options.SessionTimeout = TimeSpan.FromSeconds(30);
            options.RebalanceTimeout = TimeSpan.FromSeconds(90);
            options.GroupInstanceId = "i";
            options.ClientRack = "r1";
        });

    [Fact]
    public void Brokers_of_old_are_told_in_their_own_forms()
    {
        ApiVersionsResponse versions = ScriptedBroker.AllVersions();
        foreach ((ApiKey api, short most) in new[]
        {
            (ApiKey.JoinGroup, (short)2), (ApiKey.SyncGroup, (short)1), (ApiKey.Heartbeat, (short)1), (ApiKey.LeaveGroup, (short)1),
        })
        {
            versions.ApiKeys.Single(known => known.ApiKey == (short)api).MaxVersion = most;
        }

        ScriptedGroup.Run(
            1,
            static (connection, request) => Lead(connection, request, "m", [0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]),
            static async group =>
            {
                group.Subscribe("t");
                await group.Wait(5);
                Assert.Equal(4, group.OwnedPartitions.Count);
                bool hasLeft = false;
                group.On(() => group.Membership.Leave(() => hasLeft = true));
                await group.Wait(1);
                Assert.True(hasLeft);
                LeaveGroupRequest leave = group.Last<LeaveGroupRequest>(ApiKey.LeaveGroup);
                Assert.Equal(("m", 0), (leave.MemberId, leave.Members.Count));
            },
            versions: versions);
    }

    [Fact]
    public void An_assignor_of_the_user_that_throws_ends_the_membership_and_leaves_the_lead_to_another() => ScriptedGroup.Run(
        1,
        static (connection, request) => Lead(connection, request, "m", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "mine"),
        static async group =>
        {
            group.Subscribe("t");
            await group.Wait(2);
            Assert.Contains("The assignor \"mine\" failed for generation 5 of group \"g\": no idea", group.Failure!.Message);
            Assert.Equal("m", Assert.Single(group.Last<LeaveGroupRequest>(ApiKey.LeaveGroup).Members).MemberId);
            Assert.Empty(group.Cluster.Requests(ApiKey.SyncGroup));
        },
        static options => options.PartitionAssignors = [new Clueless()]);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void G10_one_join_or_sync_is_out_at_a_time_whatever_happens(ulong seed)
    {
        int outstanding = 0;
        int most = 0;
        List<Action> held = [];
        ScriptedGroup.Run(
            seed,
            (connection, request) =>
            {
                if (request.ApiKey is ApiKey.JoinGroup or ApiKey.SyncGroup)
                {
                    most = Math.Max(most, ++outstanding);
                    held.Add(() =>
                    {
                        outstanding--;
                        Lead(connection, request, "m", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
                    });
                }
                else if (request.ApiKey == ApiKey.Heartbeat)
                {
                    connection.Answer(request, new HeartbeatResponse { ErrorCode = (short)ErrorCode.RebalanceInProgress });
                }
                else
                {
                    Lead(connection, request, "m", []);
                }
            },
            async group =>
            {
                Random random = new((int)seed);
                for (int i = 0; i < 200; i++)
                {
                    await group.Wait(random.NextDouble());
                    switch (random.Next(6))
                    {
                        case 0:
                            group.Subscribe("t", $"u{random.Next(3)}");
                            break;
                        case 1:
                            group.On(() => group.Membership.Rejoin("test"));
                            break;
                        case 2:
                            group.On(() => group.Membership.CommitAnswered(
                                ErrorCode.UnknownMemberId, group.Membership.Generation, group.Membership.MemberId));
                            break;
                        case 3:
                            group.On(() => group.Membership.ProcessingOverdue());
                            group.On(() => group.Membership.Resumed());
                            break;
                        default:
                            Action[] answers = [.. held];
                            held.Clear();
                            LoopPost(group, answers);
                            break;
                    }
                }

                Assert.Equal(1, most);
                Assert.Null(group.Failure);
                Assert.True(group.Cluster.Requests(ApiKey.SyncGroup).Count() > 5);
            });
    }

    private static void LoopPost(ScriptedGroup group, Action[] answers) =>
        HighPerf.Kafka.Connections.LoopCall.Post(group.Cluster.Brokers[0].Loop, () => Array.ForEach(answers, static answer => answer()));

    // A coordinator whose every member is the leader, beside a member z that tells what the test says.
    private static void Lead(ScriptedConnection connection, ScriptedRequest request, string id, byte[] metadataOfOther, string protocol = "range")
    {
        switch (request.ApiKey)
        {
            case ApiKey.JoinGroup:
                JoinGroupRequest join = request.Message<JoinGroupRequest>();
                if (join.MemberId.Length == 0 && request.Version >= 4)
                {
                    connection.Answer(request, new JoinGroupResponse { ErrorCode = (short)ErrorCode.MemberIdRequired, MemberId = id, ProtocolName = "" });
                    break;
                }

                connection.Answer(request, new JoinGroupResponse
                {
                    GenerationId = 5,
                    ProtocolType = request.Version >= 7 ? "consumer" : null,
                    ProtocolName = protocol,
                    Leader = id,
                    MemberId = id,
                    Members =
                    [
                        new() { MemberId = "z", Metadata = metadataOfOther },
                        new() { MemberId = id, Metadata = join.Protocols.Single(offered => offered.Name == protocol).Metadata },
                    ],
                });
                break;
            case ApiKey.SyncGroup:
                SyncGroupRequest sync = request.Message<SyncGroupRequest>();
                connection.Answer(request, new SyncGroupResponse { Assignment = sync.Assignments.Find(a => a.MemberId == id)?.Assignment ?? [] });
                break;
            case ApiKey.Heartbeat:
                connection.Answer(request, new HeartbeatResponse());
                break;
            case ApiKey.LeaveGroup:
                connection.Answer(request, new LeaveGroupResponse());
                break;
        }
    }

    private sealed class Clueless : IPartitionAssignor
    {
        public string Name => "mine";

        public bool IsCooperative => false;

        public byte[]? GetUserData(IReadOnlyList<string> topics, IReadOnlyList<TopicPartition> assigned, int generation) => null;

        public IReadOnlyList<IReadOnlyList<TopicPartition>> Assign(IReadOnlyList<GroupMember> members, IReadOnlyList<GroupTopic> topics) =>
            throw new InvalidOperationException("no idea");
    }
}
