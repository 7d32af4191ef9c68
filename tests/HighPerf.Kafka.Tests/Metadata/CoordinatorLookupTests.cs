using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Metadata;

public sealed class CoordinatorLookupTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public static TheoryData<ulong> Seeds => Simulation.Seeds;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void G11_a_shared_look_up_outlives_the_caller_that_began_it(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedCluster cluster = new(simulation, 2) { Coordinator = 2, CoordinatorError = ErrorCode.CoordinatorNotAvailable };
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            using CancellationTokenSource cancel = new();
            Task<BrokerEndpoint> first = client.Cluster.Coordinators.FindAsync(CoordinatorType.Group, "g", Minute, cancel.Token);
            Task<BrokerEndpoint> second = client.Cluster.Coordinators.FindAsync(CoordinatorType.Group, "g", Minute, default);
            await simulation.Delay(TimeSpan.FromSeconds(1));
            cancel.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
            cluster.CoordinatorError = ErrorCode.None;
            BrokerEndpoint found = await second;
            Assert.Equal((2, "b2", 9092), (found.Id, found.Host, found.Port));
            Assert.Same(found, await client.Cluster.Coordinators.FindAsync(CoordinatorType.Group, "g", Minute, default));
            Assert.True(client.Cluster.Pool.TryGetEndpoint(2, out _));
        });
        Assert.InRange(cluster.Requests(ApiKey.FindCoordinator).Count(), 3, 12);
    }

    [Fact]
    public void G11_an_answer_found_wrong_is_asked_again_but_a_newer_one_stays()
    {
        Simulation simulation = new(1);
        ScriptedCluster cluster = new(simulation, 2);
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            CoordinatorLookup lookup = client.Cluster.Coordinators;
            Assert.Equal(1, (await lookup.FindAsync(CoordinatorType.Group, "g", Minute, default)).Id);
            cluster.Coordinator = 2;
            lookup.Invalidate(CoordinatorType.Group, "g", 1);
            Assert.Equal(2, (await lookup.FindAsync(CoordinatorType.Group, "g", Minute, default)).Id);
            lookup.Invalidate(CoordinatorType.Group, "g", 1);
            Assert.Equal(2, (await lookup.FindAsync(CoordinatorType.Group, "g", Minute, default)).Id);
        });
        Assert.Equal(2, cluster.Requests(ApiKey.FindCoordinator).Count());
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(3, 0)]
    [InlineData(4, 1)]
    [InlineData(6, 0)]
    public void Every_version_asks_in_its_own_form(short version, sbyte type)
    {
        if (version == 0 && type != 0)
        {
            return;
        }

        Simulation simulation = new(1);
        ScriptedCluster cluster = new(simulation, 1);
        ApiVersionsResponse versions = ScriptedBroker.AllVersions();
        versions.ApiKeys.Single(api => api.ApiKey == (short)ApiKey.FindCoordinator).MaxVersion = version;
        cluster.Brokers[0].OnApiVersions = (connection, request) => connection.Answer(request, versions);
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            Assert.Equal(1, (await client.Cluster.Coordinators.FindAsync((CoordinatorType)type, "key", Minute, default)).Id);
        });
        ScriptedRequest asked = Assert.Single(cluster.Requests(ApiKey.FindCoordinator));
        Assert.Equal(version, asked.Version);
        FindCoordinatorRequest message = asked.Message<FindCoordinatorRequest>();
        Assert.Equal(type, message.KeyType);
        Assert.Equal("key", version < 4 ? message.Key : Assert.Single(message.CoordinatorKeys));
    }

    [Fact]
    public void A_refusal_for_good_is_told_at_once_and_a_passing_one_at_the_deadline()
    {
        Simulation simulation = new(1);
        ScriptedCluster cluster = new(simulation, 1) { CoordinatorError = ErrorCode.GroupAuthorizationFailed };
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            KafkaBrokerException refused = await Assert.ThrowsAsync<KafkaBrokerException>(
                () => client.Cluster.Coordinators.FindAsync(CoordinatorType.Group, "g", Minute, default));
            Assert.Equal(ErrorCode.GroupAuthorizationFailed, refused.Code);
            Assert.Contains("Group \"g\"", refused.Message);
            Assert.True(simulation.Now < TimeSpan.FromSeconds(1));

            cluster.CoordinatorError = ErrorCode.CoordinatorLoadInProgress;
            TimeSpan before = simulation.Now;
            KafkaTimeoutException late = await Assert.ThrowsAsync<KafkaTimeoutException>(
                () => client.Cluster.Coordinators.FindAsync(CoordinatorType.Group, "g", TimeSpan.FromSeconds(4), default));
            Assert.Contains("was not found within 4 s", late.Message);
            Assert.Contains("CoordinatorLoadInProgress", late.Message);
            Assert.InRange(simulation.Now - before, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(4.1));
        });
    }

    [Fact]
    public void With_nobody_to_ask_the_deadline_names_every_server()
    {
        Simulation simulation = new(1);
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("gone1,gone2"));
            KafkaTimeoutException error = await Assert.ThrowsAsync<KafkaTimeoutException>(
                () => client.Cluster.Coordinators.FindAsync(CoordinatorType.Group, "g", TimeSpan.FromSeconds(4), default));
            Assert.Contains("gone1:9092: ", error.Message);
            Assert.Contains("gone2:9092: ", error.Message);
        });
    }
}
