using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Administration;

public sealed class KafkaTopicsTests
{
    public static TheoryData<ulong> Seeds => Simulation.Seeds;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_topic_is_created_by_the_controller_with_what_was_asked(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedCluster cluster = new(simulation, 3);
        cluster.Before = (connection, request) => AnswerCreate(connection, request, ErrorCode.None);
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b2"));
            await client.Topics.CreateAsync(new NewTopic { Name = "t", Partitions = 6, Configuration = [new("cleanup.policy", "compact")] });
        });
        CreateTopicsRequest asked = Assert.Single(cluster.Brokers[0].Requests, r => r.ApiKey == ApiKey.CreateTopics).Message<CreateTopicsRequest>();
        CreateTopicsRequest.CreatableTopic topic = Assert.Single(asked.Topics);
        Assert.Equal(("t", 6, (short)-1), (topic.Name, topic.NumPartitions, topic.ReplicationFactor));
        Assert.Equal(("cleanup.policy", "compact"), (topic.Configs.Single().Name, topic.Configs.Single().Value));
    }

    [Fact]
    public void A_topic_that_exists_is_an_error_that_says_so()
    {
        Simulation simulation = new(1);
        ScriptedCluster cluster = new(simulation, 1);
        cluster.Before = (connection, request) => AnswerCreate(connection, request, ErrorCode.TopicAlreadyExists, "Topic 't' already exists.");
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            KafkaBrokerException error = await Assert.ThrowsAsync<KafkaBrokerException>(() => client.Topics.CreateAsync(new NewTopic { Name = "t" }));
            Assert.Equal(ErrorCode.TopicAlreadyExists, error.Code);
            Assert.Equal(
                "CreateTopics of topic \"t\" was refused by broker 1 (b1:9092) with TopicAlreadyExists (36): Topic 't' already exists.", error.Message);
        });
    }

    [Fact]
    public void A_broker_that_is_not_the_controller_any_more_is_asked_no_second_time()
    {
        Simulation simulation = new(1);
        ScriptedCluster cluster = new(simulation, 1);
        int asked = 0;
        cluster.Before = (connection, request) => AnswerCreate(
            connection, request, request.ApiKey == ApiKey.CreateTopics && asked++ < 2 ? ErrorCode.NotController : ErrorCode.None);
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            await client.Topics.CreateAsync(new NewTopic { Name = "t" });
        });
        Assert.Equal(3, asked);
        Assert.InRange(cluster.Requests(ApiKey.Metadata).Count(), 3, 4);
    }

    [Fact]
    public void A_lost_answer_to_a_creation_is_told_and_not_sent_again()
    {
        Simulation simulation = new(1);
        ScriptedCluster cluster = new(simulation, 1);
        cluster.Before = (connection, request) =>
        {
            if (request.ApiKey == ApiKey.CreateTopics)
            {
                connection.Close();
            }

            return false;
        };
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            await Assert.ThrowsAsync<KafkaConnectionException>(() => client.Topics.CreateAsync(new NewTopic { Name = "t" }));
        });
        Assert.Single(cluster.Requests(ApiKey.CreateTopics));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Topics_are_listed_by_name_and_described_though_connections_break(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedCluster cluster = new(simulation, 2);
        cluster.AddTopic("b", 3);
        cluster.AddTopic("a", 1);
        int answers = 0;
        cluster.Before = (connection, request) =>
        {
            bool breaks = request.ApiKey == ApiKey.Metadata && answers++ % 3 == 2;
            if (breaks)
            {
                connection.Close();
            }

            return breaks;
        };
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            for (int i = 0; i < 10; i++)
            {
                IReadOnlyList<TopicDescription> all = await client.Topics.ListAsync();
                Assert.Equal(["a", "b"], all.Select(t => t.Name));
                TopicDescription b = await client.Topics.DescribeAsync("b");
                Assert.Equal([(0, 1, 3), (1, 2, 3), (2, 1, 3)], b.Partitions.Select(p => (p.Partition, p.Leader, p.LeaderEpoch)));
            }
        });
    }

    [Fact]
    public void Describing_a_topic_that_does_not_exist_says_so_at_once()
    {
        Simulation simulation = new(1);
        ScriptedCluster cluster = new(simulation, 1);
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            KafkaBrokerException error = await Assert.ThrowsAsync<KafkaBrokerException>(() => client.Topics.DescribeAsync("nix"));
            Assert.Equal(ErrorCode.UnknownTopicOrPartition, error.Code);
            Assert.Contains("topic \"nix\"", error.Message);
            Assert.Contains("Check its spelling, or create it", error.Message);
            Assert.True(simulation.Now < TimeSpan.FromSeconds(1));
        });
    }

    [Fact]
    public void An_unreachable_cluster_is_told_at_the_operation_timeout()
    {
        Simulation simulation = new(1);
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(
                new KafkaClientOptions { BootstrapServers = "gone", Transport = simulation.Network, OperationTimeout = TimeSpan.FromSeconds(7) });
            KafkaTimeoutException error = await Assert.ThrowsAsync<KafkaTimeoutException>(() => client.Topics.ListAsync());
            Assert.Contains("within 7 s", error.Message);
            Assert.Contains("gone:9092: ", error.Message);
            Assert.InRange(simulation.Now, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(7.1));
        });
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Closing_the_client_ends_a_call_that_is_between_two_attempts(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedCluster cluster = new(simulation, 1);
        cluster.Before = (connection, request) => AnswerCreate(connection, request, ErrorCode.NotController);
        simulation.Run(async () =>
        {
            KafkaClient client = simulation.CreateClient(new KafkaClientOptions
            {
                BootstrapServers = "b1", Transport = simulation.Network, RetryBackoff = TimeSpan.FromSeconds(20), ReconnectBackoffMax = TimeSpan.FromSeconds(1),
            });
            Task creating = client.Topics.CreateAsync(new NewTopic { Name = "t" });
            await simulation.Delay(TimeSpan.FromSeconds(5));
            await client.DisposeAsync();
            KafkaConnectionException error = await Assert.ThrowsAsync<KafkaConnectionException>(() => creating);
            Assert.Contains("closed", error.Message);
            Assert.True(simulation.Now < TimeSpan.FromSeconds(11));
        });
    }

    [Fact]
    public async Task Deleting_and_wrong_arguments()
    {
        Simulation simulation = new(1);
        ScriptedCluster cluster = new(simulation, 1);
        cluster.AddTopic("t");
        cluster.Before = (connection, request) =>
        {
            if (request.ApiKey == ApiKey.DeleteTopics)
            {
                DeleteTopicsResponse answer = new();
                answer.Responses.Add(new DeleteTopicsResponse.DeletableTopicResult { Name = "t" });
                connection.Answer(request, answer);
                return true;
            }

            return false;
        };
        KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
        simulation.Run(async () =>
        {
            await client.Cluster.Metadata.GetTopicAsync("t", TimeSpan.FromSeconds(10), default);
            await client.Topics.DeleteAsync("t");
            await simulation.Delay(TimeSpan.FromSeconds(1));
            Assert.False(client.Cluster.Metadata.Current.TryGetTopic("t", out _));
            await client.DisposeAsync();
        });
        await Assert.ThrowsAsync<ArgumentException>(() => client.Topics.CreateAsync(new NewTopic { Name = "" }));
        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(() => client.Topics.CreateAsync(new NewTopic { Name = "t", Partitions = 0 }));
        Assert.Contains("Partitions is 0", error.Message);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await client.Topics.ListAsync());
    }

    private static bool AnswerCreate(ScriptedConnection connection, ScriptedRequest request, ErrorCode code, string? message = null)
    {
        if (request.ApiKey != ApiKey.CreateTopics)
        {
            return false;
        }

        CreateTopicsResponse answer = new();
        answer.Topics.Add(new CreateTopicsResponse.CreatableTopicResult { Name = "t", ErrorCode = (short)code, ErrorMessage = message });
        connection.Answer(request, answer);
        return true;
    }
}
