using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.ConsumerGroups;

namespace HighPerf.Kafka.Testing.Tests.ConsumerGroups;

/// <summary>Heartbeats that are refused, and in which order of reasons.</summary>
public sealed class HeartbeatRequestTests
{
    /// <summary>What a heartbeat that would be taken is made into, and in which versions it is refused.</summary>
    public static TheoryData<string, int, int> Malformed => new()
    {
        { "no member id, joining", 0, 1 },
        { "no member id", 5, 0 },
        { "no member id, leaving", -1, 0 },
        { "no group id", 0, 0 },
        { "empty instance id", 0, 0 },
        { "empty rack id", 0, 0 },
        { "no rebalance timeout", 0, 0 },
        { "no partitions", 0, 0 },
        { "some partitions", 0, 0 },
        { "no subscription", 0, 0 },
        { "leaving for now without an instance id", -2, 0 },
        { "an epoch that means nothing", -3, 0 },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_heartbeat_is_an_invalid_request(string what, int epoch, int fromVersion) => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t");
        GroupClient client = await GroupClient.ConnectAsync(broker);
        foreach (short version in Requests.Versions((short)fromVersion, 1))
        {
            client.Version = version;
            ConsumerGroupHeartbeatRequest request = GroupClient.Joining("a", "t");
            request.MemberEpoch = epoch;
            request.MemberId = what.StartsWith("no member id", StringComparison.Ordinal) ? "" : "a";
            request.GroupId = what == "no group id" ? "" : "g";
            request.InstanceId = what == "empty instance id" ? "" : null;
            request.RackId = what == "empty rack id" ? "" : null;
            request.RebalanceTimeoutMs = what == "no rebalance timeout" ? -1 : 1000;
            request.TopicPartitions = what switch
            {
                "no partitions" => null,
                "some partitions" => GroupClient.Beating("a", 0, id.Of(0)).TopicPartitions,
                _ => [],
            };
            request.SubscribedTopicNames = what == "no subscription" ? null : ["t"];
            ConsumerGroupHeartbeatResponse response = await client.SendAsync(request);
            Assert.Equal((ErrorCode.InvalidRequest, 0, null), (response.Error(), response.MemberEpoch, response.MemberId));
            Assert.NotNull(response.ErrorMessage);
        }

        Assert.Equal(ErrorCode.GroupIdNotFound, (ErrorCode)(await client.DescribeAsync()).ErrorCode);
    });

    [Fact]
    public void The_broker_makes_the_member_id_in_version_0() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t", partitions: 2);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        client.Version = 0;
        ConsumerGroupHeartbeatResponse first = await client.JoinAsync("", "t");
        ConsumerGroupHeartbeatResponse second = await client.JoinAsync("", "t");
        Assert.Equal((1, "0,1"), first.Step());
        Assert.Equal((2, ""), second.Step());
        Assert.Equal((22, 22), (first.MemberId!.Length, second.MemberId!.Length));
        Assert.NotEqual(first.MemberId, second.MemberId);
        Assert.Equal((1, "0"), (await client.BeatAsync(first.MemberId, 1)).Step());
    });

    [Fact]
    public void A_topic_list_that_is_empty_is_a_subscription() => TestBroker.Simulate(async broker =>
    {
        GroupClient client = await GroupClient.ConnectAsync(broker);
        Assert.Equal((1, ""), (await client.JoinAsync("a")).Step());
        Assert.Equal("Stable", await client.StateAsync());
    });

    [Theory]
    [InlineData("uniform", ErrorCode.None)]
    [InlineData("range", ErrorCode.None)]
    [InlineData("sticky", ErrorCode.UnsupportedAssignor)]
    [InlineData("", ErrorCode.UnsupportedAssignor)]
    public void Only_the_brokers_assignors_are_there(string assignor, ErrorCode expected) => TestBroker.Simulate(async broker =>
    {
        GroupClient client = await GroupClient.ConnectAsync(broker);
        ConsumerGroupHeartbeatRequest request = GroupClient.Joining("a", "t");
        request.ServerAssignor = assignor;
        Assert.Equal(expected, (await client.SendAsync(request)).Error());
    });

    [Fact]
    public void The_assignor_is_that_of_most_members() => TestBroker.Simulate(async broker =>
    {
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinAsync("a", "t");
        Assert.Equal("uniform", (await client.DescribeAsync()).AssignorName);
        ConsumerGroupHeartbeatRequest request = GroupClient.Joining("b", "t");
        request.ServerAssignor = "range";
        await client.SendAsync(request);
        Assert.Equal("range", (await client.DescribeAsync()).AssignorName);
    });

    [Theory]
    [InlineData(5)]
    [InlineData(-1)]
    public void A_group_that_is_not_there_is_not_found(int epoch) => TestBroker.Simulate(async broker =>
    {
        GroupClient client = await GroupClient.ConnectAsync(broker);
        Assert.Equal(ErrorCode.GroupIdNotFound, (await client.BeatAsync("a", epoch)).Error());
    });

    [Fact]
    public void A_member_that_is_not_there_is_unknown() => TestBroker.Simulate(async broker =>
    {
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinAsync("a", "t");
        Assert.Equal(ErrorCode.UnknownMemberId, (await client.BeatAsync("b", 1)).Error());
        Assert.Equal(ErrorCode.UnknownMemberId, (await client.BeatAsync("b", -1)).Error());
        Assert.Equal(ErrorCode.UnknownMemberId, (await client.BeatStaticAsync("a", "i", 1)).Error());
        Assert.Equal(ErrorCode.UnknownMemberId, (await client.BeatStaticAsync("a", "i", -2)).Error());
    });

    [Fact]
    public void A_full_group_takes_no_more() => TestBroker.Simulate(
        async broker =>
        {
            GroupClient client = await GroupClient.ConnectAsync(broker);
            await client.JoinAsync("a", "t");
            await client.JoinAsync("b", "t");
            Assert.Equal(ErrorCode.GroupMaxSizeReached, (await client.JoinAsync("c", "t")).Error());
            Assert.Equal(ErrorCode.None, (await client.BeatAsync("a", 1)).Error());
            await client.BeatAsync("b", -1);
            Assert.Equal(ErrorCode.None, (await client.JoinAsync("c", "t")).Error());
        },
        Options("group.consumer.max.size", "2"));

    [Fact]
    public void Epochs_that_are_not_the_members_are_fenced() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t", partitions: 3);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinAsync("a", "t");
        await client.JoinAsync("b", "t");
        Assert.Equal((2, "0,1"), (await client.BeatAsync("a", 1, id.Of(0))).Step());
        await client.JoinAsync("c", "t");
        Assert.Equal((3, "0"), (await client.BeatAsync("a", 2, id.Of(0))).Step());
        ErrorCode[] answers =
        [
            (await client.BeatAsync("a", 4, [])).Error(),
            (await client.BeatAsync("a", 1, [])).Error(),
            (await client.BeatAsync("a", 2)).Error(),
            (await client.BeatAsync("a", 2, id.Of(0, 1))).Error(),
            (await client.BeatAsync("a", 2, id.Of(0))).Error(),
            (await client.BeatAsync("a", 2, [])).Error(),
        ];
        ErrorCode fenced = ErrorCode.FencedMemberEpoch;
        Assert.Equal([fenced, fenced, fenced, fenced, ErrorCode.None, ErrorCode.None], answers);
    });

    [Fact]
    public void A_join_whose_answer_was_lost_can_be_sent_again() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t", partitions: 3);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinAsync("a", "t");
        Assert.Equal((1, "0,1,2"), (await client.JoinAsync("a", "t")).Step());
        Assert.Single((await client.DescribeAsync()).Members);
    });

    [Theory]
    [InlineData("4.1", ErrorCode.FencedMemberEpoch)]
    [InlineData("4.2", ErrorCode.None)]
    public void A_known_member_joins_again(string release, ErrorCode expected) => TestBroker.Simulate(
        async broker =>
        {
            Guid id = await broker.CreateTopicAsync("t", partitions: 2);
            GroupClient client = await GroupClient.ConnectAsync(broker);
            await client.JoinAsync("a", "t");
            await client.JoinAsync("b", "t");
            await client.BeatAsync("a", 1);
            await client.BeatAsync("a", 1, id.Of(0));
            ConsumerGroupHeartbeatResponse again = await client.JoinAsync("a", "t");
            Assert.Equal(expected, again.Error());
            if (expected == ErrorCode.None)
            {
                Assert.Equal((2, "0"), again.Step());
            }
        },
        new KafkaTestClusterOptions().AsKafka(release));

    [Theory]
    [InlineData("3.9")]
    [InlineData("3.8")]
    public void Before_4_0_there_are_no_consumer_groups(string release) => TestBroker.Simulate(
        async broker =>
        {
            GroupClient client = await GroupClient.ConnectAsync(broker);
            client.Version = 0;
            Assert.Equal(ErrorCode.UnsupportedVersion, (await client.JoinAsync("a", "t")).Error());
            Assert.Equal(ErrorCode.UnsupportedVersion, (ErrorCode)(await client.DescribeAsync()).ErrorCode);
        },
        new KafkaTestClusterOptions().AsKafka(release));

    [Fact]
    public void A_group_has_its_own_intervals() => TestBroker.Simulate(async broker =>
    {
        GroupClient client = await GroupClient.ConnectAsync(broker);
        RawClient admin = await broker.ConnectAsync();
        IncrementalAlterConfigsRequest alter = new()
        {
            Resources =
            [
                new IncrementalAlterConfigsRequest.AlterConfigsResource
                {
                    ResourceType = 32,
                    ResourceName = "g",
                    Configs =
                    [
                        new IncrementalAlterConfigsRequest.AlterableConfig { Name = "consumer.heartbeat.interval.ms", Value = "7000" },
                        new IncrementalAlterConfigsRequest.AlterableConfig { Name = "consumer.session.timeout.ms", Value = "50000" },
                    ],
                },
            ],
        };
        Assert.Equal(ErrorCode.None, (ErrorCode)(await admin.CallAsync(alter, 1)).Responses[0].ErrorCode);
        Assert.Equal(7000, (await client.JoinAsync("a", "t")).HeartbeatIntervalMs);
        await broker.WaitAsync(TimeSpan.FromSeconds(49));
        Assert.Equal(ErrorCode.None, (await client.BeatAsync("a", 1)).Error());
        await broker.WaitAsync(TimeSpan.FromSeconds(51));
        Assert.Equal(ErrorCode.UnknownMemberId, (await client.BeatAsync("a", 1)).Error());
    });

    private static KafkaTestClusterOptions Options(string name, string value)
    {
        KafkaTestClusterOptions options = new();
        options.BrokerSettings[name] = value;
        return options;
    }
}
