using HighPerf.Kafka.Integration.Tests.Servers;

namespace HighPerf.Kafka.Integration.Tests;

/// <summary>
/// What producers promise while things go wrong, on every server that can make them: what is acknowledged is in the log exactly once and in order for each key,
/// what failed is told once and with the reason, every waiter completes, and what the delivery timeout has room for is invisible to the caller.
/// </summary>
public sealed class ProducingFaultTests
{
    private const int Partitions = 4;

    public static TheoryData<ServerKind> Servers => TestServer.All;

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public Task Where_nothing_goes_wrong_everything_is_there_once_and_in_order(ServerKind kind) => CheckAsync(kind, ServerFeatures.None, async (_, _, sends) =>
    {
        await sends.SendAsync(500);
        sends.UseProducer(new ProducerOptions { Linger = TimeSpan.FromMilliseconds(5), Compression = CompressionType.Lz4, BatchSizeBytes = 4096 });
        await sends.AllAsync();
        await sends.SendAsync(1000);
        await sends.AllAsync();
        sends.UseProducer(new ProducerOptions { BufferMemoryBytes = 64 * 1024, MaxRequestSizeBytes = 16 * 1024, BatchSizeBytes = 2048 });
        await sends.SendAsync(1000);
        await sends.AllAsync();
        Assert.Empty(sends.Failed);
    });

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public Task Errors_that_pass_are_invisible(ServerKind kind) => CheckAsync(kind, ServerFeatures.InjectedErrors, async (server, topic, sends) =>
    {
        ErrorCode[] errors =
        [
            ErrorCode.NotLeaderOrFollower, ErrorCode.RequestTimedOut, ErrorCode.NotEnoughReplicas, ErrorCode.NotEnoughReplicasAfterAppend,
            ErrorCode.KafkaStorageError, ErrorCode.LeaderNotAvailable, ErrorCode.UnknownTopicOrPartition, ErrorCode.CorruptMessage, ErrorCode.NetworkException,
        ];
        server.PushErrors(ApiKey.InitProducerId, ErrorCode.CoordinatorLoadInProgress, ErrorCode.NotCoordinator);
        foreach (ErrorCode error in errors)
        {
            server.PushErrors(ApiKey.Produce, error, error);
            await sends.SendAsync(40);
            await sends.AllAsync();
        }

        Assert.Empty(sends.Failed);
    });

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public Task What_a_broker_refuses_for_good_is_told_once_and_disturbs_nothing_else(ServerKind kind) =>
        CheckAsync(kind, ServerFeatures.InjectedErrors, async (server, topic, sends) =>
        {
            ErrorCode[] errors = [ErrorCode.TopicAuthorizationFailed, ErrorCode.InvalidRecord, ErrorCode.PolicyViolation];
            await sends.SendAsync(10);
            await sends.AllAsync();
            foreach (ErrorCode error in errors)
            {
                int before = sends.Failed.Count;
                server.PushErrors(ApiKey.Produce, error);
                await sends.SendAsync(40);
                await sends.AllAsync();
                List<KafkaProduceException> failed = [.. sends.Failed.Skip(before)];
                Assert.InRange(failed.Count, 1, 39);
                Assert.All(failed, refused => Assert.Equal((error, DeliveryOutcome.NotWritten), (refused.Code, refused.Outcome)));
            }

            int refusals = sends.Failed.Count;
            await sends.SendAsync(40);
            await sends.AllAsync();
            Assert.Equal(refusals, sends.Failed.Count);
        });

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public Task A_rolling_restart_is_invisible(ServerKind kind) => CheckAsync(kind, ServerFeatures.BrokerRestarts, async (server, topic, sends) =>
    {
        for (int broker = 1; broker <= 3; broker++)
        {
            await sends.SendAsync(100);
            if ((server.Features & ServerFeatures.Idempotence) == 0)
            {
                await sends.AllAsync(); // such a server writes again what it had written and not answered
            }

            await server.StopBrokerAsync(broker);
            await sends.SendAsync(100);
            await server.StartBrokerAsync(broker);
            await sends.SendAsync(100);
            await sends.AllAsync();
        }

        Assert.Empty(sends.Failed);
    });

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public Task Leaders_that_move_under_load_are_invisible(ServerKind kind) => CheckAsync(kind, ServerFeatures.LeaderMoves, async (server, topic, sends) =>
    {
        for (int i = 0; i < 24; i++)
        {
            await sends.SendAsync(25);
            await server.MoveLeaderAsync(topic, i % Partitions, 1 + (i % 3));
        }

        await sends.AllAsync();
        Assert.Empty(sends.Failed);
    });

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public Task Answers_that_are_lost_are_invisible(ServerKind kind) => CheckAsync(kind, ServerFeatures.LostAnswers, async (server, topic, sends) =>
    {
        for (int i = 0; i < 10; i++)
        {
            server.LoseAnswer(ApiKey.Produce, requestToo: i % 2 == 0);
            await sends.SendAsync(100);
            if (i % 3 == 0)
            {
                await sends.AllAsync();
            }
        }

        await sends.AllAsync();
        Assert.Empty(sends.Failed);
    });

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public Task Slow_brokers_get_everything_in_order(ServerKind kind) => CheckAsync(kind, ServerFeatures.SlowAnswers, async (server, topic, sends) =>
    {
        server.SetRoundTripTime(1, TimeSpan.FromMilliseconds(80));
        server.SetRoundTripTime(2, TimeSpan.FromMilliseconds(20));
        for (int i = 0; i < 20; i++)
        {
            await sends.SendAsync(50);
            await sends.OneAsync();
        }

        await sends.AllAsync();
        Assert.Empty(sends.Failed);
    });

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public Task Records_whose_time_is_over_are_told_so_and_later_ones_arrive(ServerKind kind) =>
        CheckAsync(
            kind,
            ServerFeatures.BrokerRestarts,
            async (server, topic, sends) =>
            {
                await sends.SendAsync(50);
                await sends.AllAsync();
                Assert.Empty(sends.Failed);
                for (int broker = 1; broker <= 3; broker++)
                {
                    await server.StopBrokerAsync(broker);
                }

                await sends.SendAsync(50);
                await sends.AllAsync();
                Assert.Equal(50, sends.Failed.Count);
                Assert.All(sends.Failed, static failed => Assert.Contains("DeliveryTimeout", failed.Message, StringComparison.Ordinal));
                for (int broker = 1; broker <= 3; broker++)
                {
                    await server.StartBrokerAsync(broker);
                }

                sends.UseProducer(new ProducerOptions());
                await sends.SendAsync(50);
                await sends.AllAsync();
                Assert.Equal(50, sends.Failed.Count);
            },
            new ProducerOptions { RequestTimeout = TimeSpan.FromSeconds(1), DeliveryTimeout = TimeSpan.FromSeconds(2) });

    private static async Task CheckAsync(
        ServerKind kind, ServerFeatures needed, Func<TestServer, string, CheckedSends, Task> test, ProducerOptions? options = null)
    {
        await using TestServer server = await TestServer.StartAsync(kind, needed);
        string topic = await server.CreateTopicAsync(Partitions);
        await using KafkaClient client = server.CreateClient();
        await using CheckedSends sends = new(client, topic);
        options ??= new ProducerOptions { RequestTimeout = TimeSpan.FromSeconds(5) };
        if ((server.Features & ServerFeatures.Idempotence) == 0)
        {
            options.MaxInFlightRequestsPerBroker = 1; // it would write a request behind one that it has refused
        }

        sends.UseProducer(options);
        await test(server, topic, sends).WaitAsync(Reading.Limit);
        sends.Check(await Reading.ReadAllAsync(client, topic, Partitions));
    }
}
