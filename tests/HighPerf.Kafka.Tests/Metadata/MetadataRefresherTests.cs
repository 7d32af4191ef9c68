using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Metadata;

public sealed class MetadataRefresherTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public static TheoryData<ulong> Seeds => Simulation.Seeds;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_topic_is_looked_up_through_a_bootstrap_server_and_kept(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedCluster cluster = new(simulation, 3);
        cluster.AddTopic("orders", 6);
        simulation.Run(async () =>
        {
            KafkaClient client = simulation.CreateClient(simulation.Options("b2"));
            TopicMetadata topic = await client.Cluster.Metadata.GetTopicAsync("orders", Minute, default);
            Assert.Equal([1, 2, 3, 1, 2, 3], topic.Partitions.Select(p => p.Leader));
            ClusterMetadata view = client.Cluster.Metadata.Current;
            Assert.Equal([1, 2, 3], view.Brokers.Select(b => b.Id));
            Assert.Equal("scripted", view.ClusterId);
            ValueTask<TopicMetadata> again = client.Cluster.Metadata.GetTopicAsync("orders", Minute, default);
            Assert.True(again.IsCompletedSuccessfully);
            Assert.Same(topic, await again);
            await simulation.Delay(TimeSpan.FromSeconds(1));
            Assert.True(Assert.Single(cluster.Brokers[1].Connections).IsClosed);
            await client.DisposeAsync();
            Assert.Equal(0, client.Runtime.Buffers.OutstandingBuffers);
        });
        Assert.Single(cluster.Requests(ApiKey.Metadata));
    }

    [Fact]
    public void P16_a_topic_asked_for_right_after_another_does_not_wait_for_the_pace()
    {
        Simulation simulation = new(1);
        ScriptedCluster cluster = new(simulation, 1);
        cluster.AddTopic("a");
        cluster.AddTopic("b");
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            await client.Cluster.Metadata.GetTopicAsync("a", Minute, default);
            TimeSpan before = simulation.Now;
            await client.Cluster.Metadata.GetTopicAsync("b", Minute, default);
            Assert.InRange(simulation.Now - before, TimeSpan.Zero, TimeSpan.FromMilliseconds(20));
        });
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Questions_that_come_while_one_is_under_way_are_asked_together(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedCluster cluster = new(simulation, 1);
        string[] names = [.. Enumerable.Range(0, 50).Select(i => $"t{i}")];
        Array.ForEach(names, name => cluster.AddTopic(name));
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            await Task.WhenAll(names.Select(name => client.Cluster.Metadata.GetTopicAsync(name, Minute, default).AsTask()));
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.Cluster.Metadata.RefreshAsync(Minute, default)));
        });
        Assert.InRange(cluster.Requests(ApiKey.Metadata).Count(), 2, 6);
    }

    [Fact]
    public void A_topic_that_does_not_exist_is_told_at_the_deadline_with_what_to_do()
    {
        Simulation simulation = new(1);
        ScriptedCluster cluster = new(simulation, 1);
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            KafkaBrokerException error = await Assert.ThrowsAsync<KafkaBrokerException>(
                async () => await client.Cluster.Metadata.GetTopicAsync("ordres", TimeSpan.FromSeconds(5), default));
            Assert.Equal(ErrorCode.UnknownTopicOrPartition, error.Code);
            Assert.Contains("topic \"ordres\"", error.Message);
            Assert.Contains("does not exist (asked for 5 s). Create it, or check its spelling", error.Message);
            Assert.InRange(simulation.Now, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5.1));
        });
        Assert.All(cluster.Requests(ApiKey.Metadata), request => Assert.False(request.Message<MetadataRequest>().AllowAutoTopicCreation));
    }

    [Theory]
    [InlineData(ErrorCode.UnknownTopicOrPartition)]
    [InlineData(ErrorCode.LeaderNotAvailable)]
    public void A_topic_that_is_just_being_created_is_waited_for(ErrorCode meanwhile)
    {
        Simulation simulation = new(1);
        ScriptedCluster cluster = new(simulation, 1);
        cluster.Topics["young"] = new MetadataResponse.MetadataResponseTopic { Name = "young", ErrorCode = (short)meanwhile };
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            Task<TopicMetadata> waiting = client.Cluster.Metadata.GetTopicAsync("young", Minute, default).AsTask();
            await simulation.Delay(TimeSpan.FromSeconds(3));
            Assert.False(waiting.IsCompleted);
            cluster.AddTopic("young", 2);
            TopicMetadata topic = await waiting;
            Assert.Equal(2, topic.Partitions.Length);
            Assert.InRange(simulation.Now, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3.2));
        });
        Assert.InRange(cluster.Requests(ApiKey.Metadata).Count(), 5, 35);
    }

    [Theory]
    [InlineData(ErrorCode.TopicAuthorizationFailed, "Grant it DESCRIBE")]
    [InlineData(ErrorCode.InvalidTopicException, "this is no topic name")]
    public void A_refusal_for_good_is_told_at_once(ErrorCode code, string expected)
    {
        Simulation simulation = new(1);
        ScriptedCluster cluster = new(simulation, 1);
        cluster.Topics["x"] = new MetadataResponse.MetadataResponseTopic { Name = "x", ErrorCode = (short)code };
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            KafkaBrokerException error = await Assert.ThrowsAsync<KafkaBrokerException>(
                async () => await client.Cluster.Metadata.GetTopicAsync("x", Minute, default));
            Assert.Equal(code, error.Code);
            Assert.Contains(expected, error.Message);
            Assert.True(simulation.Now < TimeSpan.FromSeconds(1));
        });
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void When_no_bootstrap_server_answers_the_error_names_each_with_its_failure(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedBroker web = simulation.AddBroker("web", 80);
        web.OnApiVersions = (connection, _) => connection.Send("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("gone1:9092,gone2:9093,web:80"));
            KafkaTimeoutException error = await Assert.ThrowsAsync<KafkaTimeoutException>(
                async () => await client.Cluster.Metadata.GetTopicAsync("x", TimeSpan.FromSeconds(5), default));
            Assert.Contains("Topic \"x\" could not be looked up within 5 s", error.Message);
            Assert.Contains("None of the bootstrap servers answers", error.Message);
            Assert.Contains("gone1:9092: Cannot connect to bootstrap server gone1:9092: ", error.Message);
            Assert.Contains("gone2:9093: Cannot connect to bootstrap server gone2:9093: ", error.Message);
            Assert.Contains("web:80: ", error.Message);
            Assert.Contains("HTTP, not Kafka", error.Message);
            Assert.InRange(simulation.Now, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5.1));
        });
        Assert.InRange(web.Connections.Count, 3, 30);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void One_bootstrap_server_that_works_is_enough(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedCluster cluster = new(simulation, 1);
        cluster.AddTopic("a");
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("gone1,gone2,b1"));
            await client.Cluster.Metadata.GetTopicAsync("a", TimeSpan.FromSeconds(5), default);
        });
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Brokers_that_die_are_replaced_by_those_that_live(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedCluster cluster = new(simulation, 3);
        cluster.AddTopic("a");
        cluster.AddTopic("b");
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1,b3"));
            await client.Cluster.Metadata.GetTopicAsync("a", Minute, default);
            cluster.Brokers[0].Stop();
            cluster.Brokers[1].Stop();
            simulation.Network.Break("b1", 9092);
            simulation.Network.Break("b2", 9092);
            await client.Cluster.Metadata.GetTopicAsync("b", Minute, default);
            Assert.NotEmpty(cluster.Brokers[2].Requests);
        });
    }

    [Fact]
    public void The_view_is_refreshed_when_it_is_old_and_observers_hear_of_it()
    {
        Simulation simulation = new(1);
        ScriptedCluster cluster = new(simulation, 1);
        cluster.AddTopic("a");
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(
                new KafkaClientOptions { BootstrapServers = "b1", Transport = simulation.Network, MetadataMaxAge = Minute });
            Observer observer = new();
            IDisposable subscription = client.Cluster.Metadata.Subscribe(observer, simulation.Environment.CreateLoop("observer", LoopKind.Borrowed));
            await client.Cluster.Metadata.GetTopicAsync("a", Minute, default);
            await simulation.Delay(TimeSpan.FromSeconds(1));
            Assert.Equal([1L], observer.Generations);
            cluster.AddTopic("a", 5);
            await simulation.Delay(TimeSpan.FromSeconds(60));
            Assert.Equal([1L, 2L], observer.Generations);
            Assert.True(client.Cluster.Metadata.Current.TryGetTopic("a", out TopicMetadata? topic));
            Assert.Equal(5, topic.Partitions.Length);
            subscription.Dispose();
            client.Cluster.Metadata.RequestRefresh("a");
            await simulation.Delay(TimeSpan.FromSeconds(1));
            Assert.Equal(3, client.Cluster.Metadata.Current.Generation);
            Assert.Equal(2, observer.Generations.Count);
        });
    }

    [Fact]
    public void A_storm_of_stale_notices_makes_few_requests()
    {
        Simulation simulation = new(1);
        ScriptedCluster cluster = new(simulation, 1);
        cluster.AddTopic("a");
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            await client.Cluster.Metadata.GetTopicAsync("a", Minute, default);
            for (int i = 0; i < 1000; i++)
            {
                client.Cluster.Metadata.RequestRefresh("a");
                await simulation.Delay(TimeSpan.FromMilliseconds(1));
            }
        });
        Assert.InRange(cluster.Requests(ApiKey.Metadata).Count(), 8, 13);
    }

    [Fact]
    public void Cancelling_detaches_the_waiter_and_leaves_the_look_up_to_the_others()
    {
        Simulation simulation = new(1);
        ScriptedCluster cluster = new(simulation, 1);
        simulation.Run(async () =>
        {
            await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            using CancellationTokenSource cancel = new();
            Task<TopicMetadata> given = client.Cluster.Metadata.GetTopicAsync("a", Minute, cancel.Token).AsTask();
            Task<TopicMetadata> kept = client.Cluster.Metadata.GetTopicAsync("a", Minute, default).AsTask();
            await simulation.Delay(TimeSpan.FromSeconds(1));
            cancel.Cancel();
            OperationCanceledException error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
            Assert.Equal(cancel.Token, error.CancellationToken);
            cluster.AddTopic("a");
            await kept;
        });
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Closing_fails_who_waits_and_gives_everything_back(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedCluster cluster = new(simulation, 1);
        cluster.Before = (_, _) => true;
        simulation.Run(async () =>
        {
            KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
            Task<TopicMetadata> topic = client.Cluster.Metadata.GetTopicAsync("a", Minute, default).AsTask();
            Task<ClusterMetadata> view = client.Cluster.Metadata.RefreshAsync(Minute, default);
            Task<BrokerEndpoint> coordinator = client.Cluster.Coordinators.FindAsync(CoordinatorType.Group, "g", Minute, default);
            await simulation.Delay(TimeSpan.FromSeconds(1));
            await client.DisposeAsync();
            await Assert.ThrowsAsync<KafkaConnectionException>(() => topic);
            await Assert.ThrowsAsync<KafkaConnectionException>(() => view);
            KafkaConnectionException error = await Assert.ThrowsAsync<KafkaConnectionException>(() => coordinator);
            Assert.Equal("The client was closed.", error.Message);
            await Assert.ThrowsAsync<KafkaConnectionException>(async () => await client.Cluster.Metadata.GetTopicAsync("a", Minute, default));
            await Assert.ThrowsAsync<KafkaConnectionException>(() => client.Cluster.Metadata.RefreshAsync(Minute, default));
            await Assert.ThrowsAsync<KafkaConnectionException>(
                () => client.Cluster.Coordinators.FindAsync(CoordinatorType.Group, "g", Minute, default));
            await Assert.ThrowsAsync<KafkaConnectionException>(() => client.Cluster.SendAsync<MetadataRequest, MetadataResponse>(
                1, new MetadataRequest(), null, default));
            Assert.Equal(0, client.Runtime.Buffers.OutstandingBuffers);
        });
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Closing_at_any_moment_on_a_rough_network_ends_every_call_and_holds_nothing(ulong seed)
    {
        for (ulong round = 0; round < 15; round++)
        {
            Simulation simulation = new((seed * 1000) + round, NetworkFaultPlan.Rough with { BreakProbability = 0.05 });
            ScriptedCluster cluster = new(simulation, 3);
            cluster.AddTopic("a");
            RandomSource random = simulation.Environment.CreateRandom("moment");
            simulation.Run(async () =>
            {
                KafkaClient client = simulation.CreateClient(simulation.Options("b1,gone,b3"));
                List<Task> calls = [];
                for (int i = 0; i < 6; i++)
                {
                    calls.Add(client.Cluster.Metadata.GetTopicAsync(i % 2 == 0 ? "a" : "missing", Minute, default).AsTask());
                    calls.Add(client.Cluster.Metadata.RefreshAsync(Minute, default));
                    calls.Add(client.Cluster.Coordinators.FindAsync(CoordinatorType.Group, $"g{i}", Minute, default));
                    calls.Add(client.Topics.ListAsync());
                    await simulation.Delay(TimeSpan.FromMilliseconds(random.Next(40)));
                }

                await client.DisposeAsync();
                foreach (Task call in calls)
                {
                    Exception? error = await Record.ExceptionAsync(() => call);
                    Assert.True(error is null or KafkaException, error?.ToString());
                }

                Assert.Equal(0, client.Runtime.Buffers.OutstandingBuffers);
            });
        }
    }

    private sealed class Observer : IMetadataObserver
    {
        public List<long> Generations { get; } = [];

        public void OnMetadataChanged(ClusterMetadata metadata) => Generations.Add(metadata.Generation);
    }
}
