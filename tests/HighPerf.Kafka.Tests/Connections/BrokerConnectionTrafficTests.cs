using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Connections;

/// <summary>Requests and answers on an open connection, and its end.</summary>
public sealed class BrokerConnectionTrafficTests
{
    public static TheoryData<ulong> Seeds => Simulation.Seeds;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Requests_are_answered_in_order_whatever_the_network_cuts(ulong seed)
    {
        Simulation simulation = new(seed, NetworkFaultPlan.Calm with { CutProbability = 0.9 });
        ScriptedBroker broker = simulation.AddBroker();
        broker.OnRequest = (connection, request) => connection.AnswerRaw(request.CorrelationId, request.Body);
        ConnectionProbe probe = new(simulation);
        byte[] external = [.. Enumerable.Range(0, 3000).Select(i => (byte)i)];
        ProbeRequest[] requests =
            [.. Enumerable.Range(0, 40).Select(i => probe.Send(new ProbeRequest((byte)i, 1, 2) { External = new ArraySegment<byte>(external, i, 70 * i) }))];
        simulation.RunFor(TimeSpan.FromSeconds(20));

        for (int i = 0; i < requests.Length; i++)
        {
            Assert.Null(requests[i].Error);
            Assert.Equal([(byte)i, 1, 2, .. external.AsSpan(i, 70 * i)], requests[i].Response!);
            Assert.Equal(1, requests[i].Completions);
        }

        Assert.Equal(Enumerable.Range(0, 40).Select(i => (byte)i), broker.Requests.Select(r => r.Body[0]));
        Assert.Equal(Enumerable.Range(1, 40), broker.Requests.Select(r => r.CorrelationId));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void No_more_requests_wait_for_answers_than_allowed(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedBroker broker = simulation.AddBroker();
        List<ScriptedRequest> held = [];
        broker.OnRequest = (_, request) => held.Add(request);
        ConnectionProbe probe = new(
            simulation, new KafkaClientOptions { BootstrapServers = "broker", MaxInFlightRequests = 3, RequestTimeout = TimeSpan.FromHours(1) });
        ProbeRequest[] requests = [.. Enumerable.Range(0, 5).Select(i => probe.Send(new ProbeRequest((byte)i)))];
        simulation.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(3, held.Count);
        Assert.Equal(0, probe.Connection.FreeSlots);
        Assert.Equal(0, probe.SlotNotices);
        ScriptedConnection server = broker.Connections.Single();
        LoopCall.Post(broker.Loop, () => server.AnswerRaw(held[0].CorrelationId));
        simulation.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(4, held.Count);
        LoopCall.Post(broker.Loop, () => held.Skip(1).Take(3).ToList().ForEach(r => server.AnswerRaw(r.CorrelationId)));
        simulation.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(5, held.Count);
        Assert.Equal(2, probe.Connection.FreeSlots);
        Assert.Equal(1, probe.SlotNotices);
        Assert.Equal([1, 1, 1, 1, 0], requests.Select(r => r.Completions));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void An_answer_out_of_order_poisons_the_connection(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedBroker broker = simulation.AddBroker();
        List<ScriptedRequest> held = [];
        broker.OnRequest = (connection, request) =>
        {
            held.Add(request);
            if (held.Count == 2)
            {
                connection.AnswerRaw(held[1].CorrelationId);
                connection.AnswerRaw(held[0].CorrelationId);
            }
        };
        ConnectionProbe probe = new(simulation);
        ProbeRequest first = probe.Send(new ProbeRequest(1));
        ProbeRequest second = probe.Send(new ProbeRequest(2));
        simulation.RunFor(TimeSpan.FromSeconds(1));

        Assert.IsType<KafkaProtocolException>(probe.Lost);
        Assert.Contains("Kafka answers in order", probe.Lost.Message);
        AssertFailedOnce(first, maybeSent: true);
        AssertFailedOnce(second, maybeSent: true);
        probe.AssertNothingHeld();
    }

    [Fact]
    public void An_answer_nobody_asked_for_poisons_the_connection()
    {
        Simulation simulation = new(1);
        ScriptedBroker broker = simulation.AddBroker();
        ConnectionProbe probe = new(simulation);
        simulation.RunFor(TimeSpan.FromSeconds(1));
        LoopCall.Post(broker.Loop, () => broker.Connections[0].AnswerRaw(77));
        simulation.RunFor(TimeSpan.FromSeconds(1));

        Assert.IsType<KafkaProtocolException>(probe.Lost);
        Assert.Contains("was not asked (correlation id 77)", probe.Lost.Message);
        probe.AssertNothingHeld();
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void P6_a_disconnect_fails_every_waiter_once_and_says_which_may_have_arrived(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedBroker broker = simulation.AddBroker();
        broker.OnRequest = (connection, _) =>
        {
            if (broker.Requests.Count == 3)
            {
                connection.Close();
            }
        };
        ConnectionProbe probe = new(simulation);
        ProbeRequest[] requests = [.. Enumerable.Range(0, 8).Select(i => probe.Send(new ProbeRequest((byte)i)))];
        simulation.RunFor(TimeSpan.FromSeconds(5));

        Assert.IsType<KafkaConnectionException>(probe.Lost);
        Assert.All(requests.Take(5), request => AssertFailedOnce(request, maybeSent: true));
        Assert.All(requests.Skip(5), request => AssertFailedOnce(request, maybeSent: false));
        probe.AssertNothingHeld();
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Half_an_answer_and_a_close_is_told_as_such(ulong seed)
    {
        Simulation simulation = new(seed, NetworkFaultPlan.Calm with { ResetProbability = 0 });
        ScriptedBroker broker = simulation.AddBroker();
        broker.OnRequest = (connection, _) => connection.Send([0, 0, 0, 20, 0, 0]);
        ConnectionProbe probe = new(simulation);
        ProbeRequest request = probe.Send(new ProbeRequest());
        simulation.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(0, request.Completions);
        LoopCall.Post(broker.Loop, broker.Connections[0].Close);
        simulation.RunFor(TimeSpan.FromSeconds(1));

        AssertFailedOnce(request, maybeSent: true);
        Assert.Contains("in the middle of an answer", request.Error!.Message);
        probe.AssertNothingHeld();
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_request_that_is_not_answered_in_time_poisons_and_is_told_apart_from_those_behind_it(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedBroker broker = simulation.AddBroker();
        ConnectionProbe probe = new(simulation);
        ProbeRequest slow = probe.Send(new ProbeRequest(1) { AnswerTimeout = TimeSpan.FromSeconds(40) });
        ProbeRequest behind = probe.Send(new ProbeRequest(2) { AnswerTimeout = TimeSpan.FromSeconds(5) });
        simulation.RunFor(TimeSpan.FromSeconds(4.9));
        Assert.Equal(2, broker.Requests.Count);
        Assert.Null(probe.Lost);
        simulation.RunFor(TimeSpan.FromSeconds(0.2));

        AssertFailedOnce(slow, maybeSent: true);
        AssertFailedOnce(behind, maybeSent: true);
        Assert.IsType<KafkaTimeoutException>(behind.Error);
        Assert.Contains("Heartbeat v3 to broker 1 (broker:9092) was not answered within 5 s", behind.Error!.Message);
        Assert.IsType<KafkaConnectionException>(slow.Error);
        probe.AssertNothingHeld();
    }

    [Fact]
    public void A_request_that_waits_for_its_turn_too_long_fails_alone_and_was_not_sent()
    {
        Simulation simulation = new(1);
        ScriptedBroker broker = simulation.AddBroker();
        ConnectionProbe probe = new(simulation, new KafkaClientOptions { BootstrapServers = "broker", MaxInFlightRequests = 1 });
        ProbeRequest first = probe.Send(new ProbeRequest(1) { AnswerTimeout = TimeSpan.FromMinutes(1) });
        ProbeRequest waits = probe.Send(new ProbeRequest(2) { AnswerTimeout = TimeSpan.FromSeconds(5) });
        simulation.RunFor(TimeSpan.FromSeconds(10));

        AssertFailedOnce(waits, maybeSent: false);
        Assert.Contains("the requests before it are not answered yet", waits.Error!.Message);
        Assert.Equal(0, first.Completions);
        Assert.Equal(ConnectionPhase.Open, probe.Connection.Phase);
        Assert.Single(broker.Requests);
    }

    [Fact]
    public void A_request_that_cannot_be_encoded_fails_alone_and_leaves_no_bytes()
    {
        Simulation simulation = new(1);
        ScriptedBroker broker = simulation.AddBroker();
        broker.OnRequest = (connection, request) => connection.AnswerRaw(request.CorrelationId, request.Body);
        ConnectionProbe probe = new(simulation);
        ProbeRequest before = probe.Send(new ProbeRequest(1));
        ProbeRequest bad = probe.Send(new ProbeRequest(2) { EncodeError = new KafkaException("no such field in version 3"), External = new byte[9000] });
        ProbeRequest bug = probe.Send(new ProbeRequest(3) { EncodeError = new InvalidOperationException("sized wrongly") });
        ProbeRequest after = probe.Send(new ProbeRequest(4));
        simulation.RunFor(TimeSpan.FromSeconds(1));

        AssertFailedOnce(bad, maybeSent: false);
        AssertFailedOnce(bug, maybeSent: false);
        Assert.Contains("failed inside the client: InvalidOperationException: sized wrongly", bug.Error!.Message);
        Assert.Equal([1], before.Response);
        Assert.Equal([4], after.Response);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_malformed_answer_fails_its_request_and_closes_the_connection(bool isOurMistake)
    {
        Simulation simulation = new(1);
        ScriptedBroker broker = simulation.AddBroker();
        broker.OnRequest = (connection, request) => connection.AnswerRaw(request.CorrelationId, 9, 9);
        ConnectionProbe probe = new(simulation);
        Exception thrown = isOurMistake ? new NullReferenceException("oops") : new KafkaProtocolException("Malformed bytes at offset 2 of 2.");
        ProbeRequest bad = probe.Send(new ProbeRequest(1) { ReadError = thrown });
        ProbeRequest behind = probe.Send(new ProbeRequest(2));
        simulation.RunFor(TimeSpan.FromSeconds(1));

        AssertFailedOnce(bad, maybeSent: true);
        AssertFailedOnce(behind, maybeSent: true);
        Assert.Contains(isOurMistake ? "failed inside the client" : "Malformed answer to Heartbeat v3 from broker 1 (broker:9092)", bad.Error!.Message);
        probe.AssertNothingHeld();
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void P15_a_request_without_answer_is_complete_when_it_is_written(ulong seed)
    {
        Simulation simulation = new(seed, NetworkFaultPlan.Calm with { Window = 1024 });
        ScriptedBroker broker = simulation.AddBroker();
        broker.OnRequest = (connection, request) =>
        {
            if (request.Body[0] >= 100)
            {
                connection.AnswerRaw(request.CorrelationId, request.Body[0]);
            }
        };
        ConnectionProbe probe = new(simulation);
        List<ProbeRequest> silent = [];
        List<ProbeRequest> answered = [];
        for (int i = 0; i < 20; i++)
        {
            silent.Add(probe.Send(new ProbeRequest((byte)i) { IsAnswered = false, External = new byte[700] }));
            answered.Add(probe.Send(new ProbeRequest((byte)(100 + i))));
        }

        simulation.RunFor(TimeSpan.FromSeconds(10));

        Assert.All(silent, request => Assert.True(request.IsWritten && request.Completions == 1));
        Assert.Equal(Enumerable.Range(100, 20), answered.Select(request => (int)request.Response!.Single()));
        Assert.Equal(40, broker.Requests.Count);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void W4_a_throttle_time_holds_back_what_comes_next(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedBroker broker = simulation.AddBroker();
        List<TimeSpan> arrivals = [];
        broker.OnRequest = (connection, request) =>
        {
            arrivals.Add(simulation.Now);
            connection.AnswerRaw(request.CorrelationId);
        };
        ConnectionProbe probe = new(simulation);
        ProbeRequest throttled = probe.Send(new ProbeRequest(1) { ThrottleMs = 3000 });
        simulation.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(1, throttled.Completions);
        Assert.Equal(0, probe.Connection.FreeSlots);
        ProbeRequest impatient = probe.Send(new ProbeRequest(2) { AnswerTimeout = TimeSpan.FromSeconds(1) });
        ProbeRequest patient = probe.Send(new ProbeRequest(3));
        simulation.RunFor(TimeSpan.FromSeconds(5));

        AssertFailedOnce(impatient, maybeSent: false);
        Assert.Contains("throttles this client", impatient.Error!.Message);
        Assert.NotNull(patient.Response);
        Assert.Equal(2, arrivals.Count);
        Assert.InRange(arrivals[1] - arrivals[0], TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3.1));
        Assert.True(probe.SlotNotices > 0);
    }

    [Fact]
    public void W4_a_version_whose_broker_already_held_the_answer_back_is_not_waited_for_twice()
    {
        Assert.False(ThrottleRules.ClientWaits(ApiKey.Produce, 5));
        Assert.True(ThrottleRules.ClientWaits(ApiKey.Produce, 6));
        Assert.False(ThrottleRules.ClientWaits(ApiKey.Fetch, 7));
        Assert.True(ThrottleRules.ClientWaits(ApiKey.Fetch, 8));
        Assert.False(ThrottleRules.ClientWaits(ApiKey.InitProducerId, 0));
        Assert.True(ThrottleRules.ClientWaits(ApiKey.InitProducerId, 1));
        Assert.True(ThrottleRules.ClientWaits(ApiKey.DescribeCluster, 0));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void W1_closing_while_a_send_is_held_up_tells_waiters_only_when_the_bytes_are_free(ulong seed)
    {
        Simulation simulation = new(seed, NetworkFaultPlan.Calm with { Window = 512 });
        ScriptedBroker broker = simulation.AddBroker();
        ConnectionProbe probe = new(simulation);
        simulation.RunFor(TimeSpan.FromSeconds(1));
        simulation.Network.Stall("broker", 9092);
        ProbeRequest large = new(1) { External = new byte[100_000], Done = () => Assert.Equal(ConnectionPhase.Closed, probe.Connection.Phase) };
        probe.Send(large);
        ProbeRequest behind = probe.Send(new ProbeRequest(2));
        simulation.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(0, large.Completions);
        probe.On(probe.Connection.Close);
        simulation.RunFor(TimeSpan.FromSeconds(1));

        AssertFailedOnce(large, maybeSent: true);
        AssertFailedOnce(behind, maybeSent: false);
        Assert.Contains("closed by this client", large.Error!.Message);
        Assert.Empty(broker.Requests);
        probe.AssertNothingHeld();
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Under_faults_every_request_ends_exactly_once_and_nothing_stays_held(ulong seed)
    {
        for (ulong round = 0; round < 10; round++)
        {
            Simulation simulation = new((seed * 100) + round, NetworkFaultPlan.Rough with { BreakProbability = 0.02, StallProbability = 0.01 });
            ScriptedBroker broker = simulation.AddBroker();
            broker.OnRequest = (connection, request) => connection.AnswerRaw(request.CorrelationId, request.Body);
            ConnectionProbe probe = new(simulation);
            ProbeRequest[] requests = [.. Enumerable.Range(0, 60).Select(i => probe.Send(new ProbeRequest((byte)i) { External = new byte[i * 30] }))];
            simulation.RunFor(TimeSpan.FromSeconds(60));
            probe.On(probe.Connection.Close);
            simulation.RunFor(TimeSpan.FromSeconds(60));

            Assert.All(requests, request => Assert.Equal(1, request.Completions));
            HashSet<byte> arrived = [.. broker.Requests.Select(r => r.Body[0])];
            foreach (ProbeRequest request in requests.Where(r => r.MaybeSent == false))
            {
                Assert.DoesNotContain((byte)Array.IndexOf(requests, request), arrived);
            }

            probe.AssertNothingHeld();
        }
    }

    private static void AssertFailedOnce(ProbeRequest request, bool maybeSent)
    {
        Assert.Equal(1, request.Completions);
        Assert.NotNull(request.Error);
        Assert.Equal(maybeSent, request.MaybeSent);
    }
}
