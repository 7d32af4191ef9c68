using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Handlers;

public sealed class TopicTests
{
    [Fact]
    public void Topics_are_created_and_deleted_in_every_version() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        foreach (short version in Requests.Versions(2, 7))
        {
            CreateTopicsResponse.CreatableTopicResult created = await Create(client, Topic($"t{version}", 3), version);
            Assert.Equal((0, null), (created.ErrorCode, created.ErrorMessage));
            Assert.Equal(version >= 5 ? (3, 1) : (-1, -1), (created.NumPartitions, created.ReplicationFactor));
            Assert.Equal(version >= 7 ? broker.Model.Topics.Find($"t{version}")!.Id : default, created.TopicId);
            if (version >= 5)
            {
                Assert.Contains(created.Configs!, config => config is { Name: "max.message.bytes", Value: "1048588", ConfigSource: 5 });
            }
        }

        foreach (short version in Requests.Versions(1, 6))
        {
            Guid id = await broker.CreateTopicAsync("gone");
            DeleteTopicsRequest request = version < 6
                ? new DeleteTopicsRequest { TopicNames = ["gone"] }
                : new DeleteTopicsRequest { Topics = [new DeleteTopicsRequest.DeleteTopicState { TopicId = id }] };
            DeleteTopicsResponse.DeletableTopicResult deleted = Assert.Single((await client.CallAsync(request, version)).Responses);
            Assert.Equal(("gone", 0), (deleted.Name, deleted.ErrorCode));
            Assert.Null(broker.Model.Topics.Find("gone"));
            Assert.Null(broker.Model.Topics.Find(id));
        }
    });

    [Theory]
    [InlineData("", 1, 1, ErrorCode.InvalidTopicException)]
    [InlineData("a b", 1, 1, ErrorCode.InvalidTopicException)]
    [InlineData("there", 1, 1, ErrorCode.TopicAlreadyExists)]
    [InlineData("the.re", 1, 1, ErrorCode.InvalidTopicException)]
    [InlineData("t", 0, 1, ErrorCode.InvalidPartitions)]
    [InlineData("t", -2, 1, ErrorCode.InvalidPartitions)]
    [InlineData("t", int.MinValue, 1, ErrorCode.InvalidPartitions)]
    [InlineData("t", int.MaxValue, 1, ErrorCode.PolicyViolation)]
    [InlineData("t", 1, 0, ErrorCode.InvalidReplicationFactor)]
    [InlineData("t", 1, 2, ErrorCode.InvalidReplicationFactor)]
    [InlineData("t", 1, short.MinValue, ErrorCode.InvalidReplicationFactor)]
    [InlineData("t", -1, -1, ErrorCode.None)]
    public void A_wish_that_makes_no_sense_is_refused_with_a_message(string name, int partitions, short replicas, ErrorCode expected) => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("there");
            await broker.CreateTopicAsync("the_re");
            RawClient client = await broker.ConnectAsync();
            CreateTopicsResponse.CreatableTopicResult result = await Create(client, Topic(name, partitions, replicas), 7);
            Assert.Equal(expected, (ErrorCode)result.ErrorCode);
            Assert.Equal(expected == ErrorCode.None, result.ErrorMessage is null);
        });

    [Theory]
    [InlineData("max.message.bytes", "2000", ErrorCode.None)]
    [InlineData("cleanup.policy", "compact", ErrorCode.None)]
    [InlineData("max.message.bytes", "many", ErrorCode.InvalidConfig)]
    [InlineData("cleanup.policy", "sweep", ErrorCode.InvalidConfig)]
    [InlineData("message.timestamp.type", "never", ErrorCode.InvalidConfig)]
    [InlineData("max.message.bytes", null, ErrorCode.InvalidConfig)]
    [InlineData("no.such.setting", "1", ErrorCode.InvalidConfig)]
    public void Settings_are_checked_and_told(string name, string? value, ErrorCode expected) => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        CreateTopicsRequest.CreatableTopic topic = Topic("t", 1);
        topic.Configs.Add(new CreateTopicsRequest.CreatableTopicConfig { Name = name, Value = value });
        CreateTopicsResponse.CreatableTopicResult result = await Create(client, topic, 7);
        Assert.Equal(expected, (ErrorCode)result.ErrorCode);
        Assert.Equal(expected == ErrorCode.None, result.Configs!.Exists(config => config.Name == name && config.Value == value && config.ConfigSource == 1));
    });

    [Fact]
    public void An_assignment_is_taken_or_refused() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        Assert.Equal(ErrorCode.None, await Assign(client, -1, -1, (0, [1]), (1, [1])));
        Assert.Equal(2, broker.Model.Topics.Find("t")!.Partitions.Length);
        Assert.Equal(ErrorCode.InvalidRequest, await Assign(client, 2, -1, (0, [1])));
        Assert.Equal(ErrorCode.InvalidRequest, await Assign(client, -1, 1, (0, [1])));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, await Assign(client, -1, -1, (0, [2])));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, await Assign(client, -1, -1, (1, [1])));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, await Assign(client, -1, -1, (-1, [1])));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, await Assign(client, -1, -1, (0, [1]), (0, [1])));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, await Assign(client, -1, -1, (0, [1, 1])));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, await Assign(client, -1, -1, (0, [])));
    });

    [Fact]
    public void A_trial_creates_nothing() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        CreateTopicsRequest request = new() { Topics = [Topic("t", 2)], ValidateOnly = true };
        CreateTopicsResponse.CreatableTopicResult result = Assert.Single((await client.CallAsync(request, 7)).Topics);
        Assert.Equal((0, 2, Guid.Empty), (result.ErrorCode, result.NumPartitions, result.TopicId));
        Assert.Null(broker.Model.Topics.Find("t"));
    });

    [Fact]
    public void A_name_twice_in_a_request_is_refused_once() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        CreateTopicsResponse response = await client.CallAsync(new CreateTopicsRequest { Topics = [Topic("t", 1), Topic("u", 1), Topic("t", 1)] }, 7);
        Assert.Equal([("t", ErrorCode.InvalidRequest), ("u", ErrorCode.None)], response.Topics.Select(topic => (topic.Name, (ErrorCode)topic.ErrorCode)));
    });

    [Fact]
    public void A_topic_that_is_created_again_is_another_one_F11() => TestBroker.Simulate(async broker =>
    {
        Guid first = await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of("old")), 9);
        await client.CallAsync(new DeleteTopicsRequest { TopicNames = ["t"] }, 5);
        Guid second = await broker.CreateTopicAsync("t");
        Assert.NotEqual(first, second);
        Assert.Equal(0, (await client.CallAsync(Requests.Fetch("t", 0, 0), 12)).Single().HighWatermark);
        Assert.Equal(ErrorCode.UnknownTopicId, (ErrorCode)(await client.CallAsync(Requests.Fetch("", 0, 0, id: first), 13)).Single().ErrorCode);
    });

    [Fact]
    public void Deleting_what_is_not_there_is_told() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        DeleteTopicsRequest request = new()
        {
            Topics =
            [
                new DeleteTopicsRequest.DeleteTopicState { Name = "nobody" },
                new DeleteTopicsRequest.DeleteTopicState { TopicId = Requests.NoSuchTopic },
                new DeleteTopicsRequest.DeleteTopicState { Name = "t", TopicId = id },
                new DeleteTopicsRequest.DeleteTopicState(),
            ],
        };
        DeleteTopicsResponse response = await client.CallAsync(request, 6);
        Assert.Equal(
            [ErrorCode.UnknownTopicOrPartition, ErrorCode.UnknownTopicId, ErrorCode.InvalidRequest, ErrorCode.InvalidRequest],
            response.Responses.Select(result => (ErrorCode)result.ErrorCode));
        Assert.NotNull(broker.Model.Topics.Find("t"));
    });

    private static CreateTopicsRequest.CreatableTopic Topic(string name, int partitions, short replicas = 1) =>
        new() { Name = name, NumPartitions = partitions, ReplicationFactor = replicas };

    private static async Task<CreateTopicsResponse.CreatableTopicResult> Create(RawClient client, CreateTopicsRequest.CreatableTopic topic, short version) =>
        Assert.Single((await client.CallAsync(new CreateTopicsRequest { Topics = [topic] }, version)).Topics);

    private static async Task<ErrorCode> Assign(RawClient client, int partitions, short replicas, params (int Partition, int[] Brokers)[] assignment)
    {
        CreateTopicsRequest.CreatableTopic topic = Topic("t", partitions, replicas);
        foreach ((int partition, int[] brokers) in assignment)
        {
            topic.Assignments.Add(new CreateTopicsRequest.CreatableReplicaAssignment { PartitionIndex = partition, BrokerIds = [.. brokers] });
        }

        topic.Name = assignment.Length == 2 && assignment[1].Partition == 1 ? "t" : "u";
        return (ErrorCode)(await Create(client, topic, 7)).ErrorCode;
    }
}
