using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Groups;

public sealed class GroupCoordinatorTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static TheoryData<ulong> Seeds => Simulation.Seeds;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void G11_what_is_sent_before_the_coordinator_is_known_goes_to_it_in_order(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedCluster cluster = Cluster(simulation, coordinator: 2);
        Run(simulation, async probe =>
        {
            ProbeRequest first = probe.Send(new ProbeRequest(1));
            ProbeRequest second = probe.Send(new ProbeRequest(2));
            await simulation.Delay(Second);
            Assert.Equal((1, 1), (first.Completions, second.Completions));
            Assert.Equal((1, 1), (probe.Found, probe.Coordinator.ConnectionNumber));
            Assert.Empty(probe.Losses);
        });
        Assert.Single(cluster.Requests(ApiKey.FindCoordinator));
        Assert.Equal([1, 2], cluster.Brokers[1].Requests.Where(IsProbe).Select(r => r.Body[0]));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void G11_a_coordinator_that_moved_is_found_again_and_the_connection_to_the_old_one_ends(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedCluster cluster = Cluster(simulation, coordinator: 1);
        Run(simulation, async probe =>
        {
            probe.Send(new ProbeRequest(1));
            await simulation.Delay(5 * Second);
            cluster.Coordinator = 2;
            probe.On(() => probe.Coordinator.Moved(ErrorCode.NotCoordinator));
            probe.On(() => Assert.False(probe.Coordinator.IsKnown));
            TimeSpan before = simulation.Now;
            ProbeRequest next = probe.Send(new ProbeRequest(2) { Done = () => Assert.True(simulation.Now - before < Second) });
            await simulation.Delay(Second);
            Assert.Equal(1, next.Completions);
            Assert.Equal((2, 2, 2), (probe.Coordinator.BrokerId, probe.Coordinator.ConnectionNumber, probe.Found));
            Assert.Contains("the coordinator moved", Assert.Single(probe.Losses).Message);
        });
        Assert.Equal([2], cluster.Brokers[1].Requests.Where(IsProbe).Select(r => r.Body[0]));
        Assert.All(cluster.Brokers[0].Connections.Where(c => c.Requests.Exists(IsProbe)), c => Assert.True(c.IsClosed));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_lost_connection_fails_what_was_sent_as_maybe_sent_and_is_made_again_when_something_is(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedCluster cluster = Cluster(simulation, coordinator: 1);
        Run(simulation, async probe =>
        {
            ProbeRequest held = probe.Send(new ProbeRequest(9));
            await simulation.Delay(Second);
            ScriptedBroker broker = cluster.Brokers[0];
            LoopCall.Post(broker.Loop, broker.Connections.Single(c => c.Requests.Exists(IsProbe)).Close);
            await simulation.Delay(Second);
            Assert.Equal((true, 1), (held.MaybeSent, held.Completions));
            Assert.Single(probe.Losses);
            Assert.Equal((1, 1), (probe.Found, cluster.Requests(ApiKey.FindCoordinator).Count()));

            ProbeRequest next = probe.Send(new ProbeRequest(1));
            await simulation.Delay(Second);
            Assert.NotNull(next.Response);
            Assert.Equal((2, 2), (probe.Found, probe.Coordinator.ConnectionNumber));
        });
        Assert.Equal(2, cluster.Requests(ApiKey.FindCoordinator).Count());
    }

    [Fact]
    public void A_request_waits_no_longer_than_its_timeout_for_finding_and_answer_together()
    {
        Simulation simulation = new(1);
        ScriptedCluster cluster = Cluster(simulation, coordinator: 1);
        cluster.CoordinatorError = ErrorCode.CoordinatorNotAvailable;
        Run(simulation, async probe =>
        {
            List<TimeSpan> failed = [];
            ProbeRequest never = probe.Send(new ProbeRequest(1) { AnswerTimeout = 4 * Second, Done = () => failed.Add(simulation.Now) });
            ProbeRequest late = probe.Send(new ProbeRequest(9) { AnswerTimeout = 10 * Second, Done = () => failed.Add(simulation.Now) });
            await simulation.Delay(6 * Second);
            cluster.CoordinatorError = ErrorCode.None;
            await simulation.Delay(6 * Second);
            Assert.Contains("Heartbeat of group \"g\" was not sent within 4 s: the group's coordinator is not known", never.Error!.Message);
            Assert.Equal((false, true), (never.MaybeSent, late.MaybeSent));
            Assert.InRange(failed[0], 4 * Second, 4.1 * Second);
            Assert.InRange(failed[1], 10 * Second, 10.1 * Second);
        });
    }

    [Fact]
    public void A_refusal_for_good_fails_what_waits_and_what_comes_later()
    {
        Simulation simulation = new(1);
        ScriptedCluster cluster = Cluster(simulation, coordinator: 1);
        cluster.CoordinatorError = ErrorCode.GroupAuthorizationFailed;
        Run(simulation, async probe =>
        {
            ProbeRequest first = probe.Send(new ProbeRequest(1));
            await simulation.Delay(Second);
            ProbeRequest second = probe.Send(new ProbeRequest(1));
            await simulation.Delay(Second);
            Assert.Equal(ErrorCode.GroupAuthorizationFailed, Assert.IsType<KafkaBrokerException>(first.Error).Code);
            Assert.Same(first.Error, second.Error);
            Assert.Same(first.Error, probe.Refused);
        });
        Assert.Single(cluster.Requests(ApiKey.FindCoordinator));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_coordinator_that_is_lost_as_soon_as_it_is_found_is_not_stormed(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedCluster cluster = Cluster(simulation, coordinator: 1);
        Run(simulation, async probe =>
        {
            TimeSpan end = simulation.Now + TimeSpan.FromSeconds(30);
            while (simulation.Now < end)
            {
                ProbeRequest request = probe.Send(new ProbeRequest(1));
                await simulation.Delay(TimeSpan.FromMilliseconds(50));
                if (request.Completions > 0)
                {
                    probe.On(() => probe.Coordinator.Moved(ErrorCode.NotCoordinator));
                }
            }
        });
        Assert.InRange(cluster.Requests(ApiKey.FindCoordinator).Count(), 20, 60);
    }

    private static bool IsProbe(ScriptedRequest request) => request.ApiKey == ApiKey.Heartbeat;

    // Answers a probe with its own body, except one of 9: that one is held.
    private static ScriptedCluster Cluster(Simulation simulation, int coordinator)
    {
        ScriptedCluster cluster = new(simulation, 2) { Coordinator = coordinator };
        cluster.Before = (connection, request) =>
        {
            if (IsProbe(request) && request.Body[0] != 9)
            {
                connection.AnswerRaw(request.CorrelationId, request.Body);
            }

            return IsProbe(request);
        };
        return cluster;
    }

    private static void Run(Simulation simulation, Func<CoordinatorProbe, Task> test) => simulation.Run(async () =>
    {
        await using KafkaClient client = simulation.CreateClient(simulation.Options("b1"));
        CoordinatorProbe probe = new(simulation, client);
        await test(probe);
        probe.On(probe.Coordinator.Close);
        await simulation.Delay(Second);
    });
}
