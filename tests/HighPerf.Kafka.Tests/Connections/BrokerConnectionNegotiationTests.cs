using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Connections;

/// <summary>Agreeing on versions, and servers that are not Kafka.</summary>
public sealed class BrokerConnectionNegotiationTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    public static TheoryData<ulong> Seeds => Simulation.Seeds;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void W2_the_newest_ApiVersions_is_tried_first_and_carries_name_and_version(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedBroker broker = simulation.AddBroker();
        ConnectionProbe probe = new(simulation);
        simulation.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(ConnectionPhase.Open, probe.Connection.Phase);
        ScriptedRequest asked = Assert.Single(broker.Connections.Single().Requests);
        Assert.Equal(ApiVersionsRequest.MaxVersion, asked.Version);
        Assert.Equal("highperf-kafka", asked.ClientId);
        ApiVersionsRequest message = asked.Message<ApiVersionsRequest>();
        Assert.Matches("^[a-zA-Z0-9](?:[a-zA-Z0-9\\-.]*[a-zA-Z0-9])?$", message.ClientSoftwareName);
        Assert.Matches("^[a-zA-Z0-9](?:[a-zA-Z0-9\\-.]*[a-zA-Z0-9])?$", message.ClientSoftwareVersion);
        Assert.True(probe.Connection.Versions!.TryGetRange(ApiKey.Metadata, out _, out short max));
        Assert.Equal(MetadataRequest.MaxVersion, max);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public void W2_an_unsupported_version_falls_back_to_the_one_the_broker_names(short named)
    {
        Simulation simulation = new(1);
        ScriptedBroker broker = simulation.AddBroker();
        broker.OnApiVersions = (connection, request) =>
        {
            if (request.Version > named)
            {
                ApiVersionsResponse refusal = new() { ErrorCode = (short)ErrorCode.UnsupportedVersion };
                refusal.ApiKeys.Add(new ApiVersionsResponse.ApiVersion { ApiKey = (short)ApiKey.ApiVersions, MinVersion = 0, MaxVersion = named });
                connection.Answer(request, refusal, 0);
                return;
            }

            connection.Answer(request, ScriptedBroker.AllVersions());
        };
        ConnectionProbe probe = new(simulation);
        simulation.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(ConnectionPhase.Open, probe.Connection.Phase);
        Assert.Equal([ApiVersionsRequest.MaxVersion, named], broker.Connections.Single().Requests.Select(r => r.Version));
    }

    [Fact]
    public void W2_an_unsupported_version_that_names_nothing_falls_back_to_version_0()
    {
        Simulation simulation = new(1);
        ScriptedBroker broker = simulation.AddBroker();
        broker.OnApiVersions = (connection, request) =>
        {
            if (request.Version > 0)
            {
                connection.AnswerRaw(request.CorrelationId, 0, 35);
                return;
            }

            connection.Answer(request, ScriptedBroker.AllVersions());
        };
        ConnectionProbe probe = new(simulation);
        simulation.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(ConnectionPhase.Open, probe.Connection.Phase);
        Assert.Equal([ApiVersionsRequest.MaxVersion, (short)0], broker.Connections.Single().Requests.Select(r => r.Version));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void W2_an_answer_that_cannot_be_read_falls_back_to_version_0(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedBroker broker = simulation.AddBroker();
        broker.OnApiVersions = (connection, request) =>
        {
            if (request.Version > 0)
            {
                connection.AnswerRaw(request.CorrelationId, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 7);
                return;
            }

            connection.Answer(request, ScriptedBroker.AllVersions());
        };
        ConnectionProbe probe = new(simulation);
        simulation.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(ConnectionPhase.Open, probe.Connection.Phase);
        Assert.Single(broker.Connections);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void W2_a_connection_that_an_unreadable_answer_spoiled_is_made_again_once_with_version_0(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedBroker broker = simulation.AddBroker();
        broker.OnApiVersions = (connection, request) =>
        {
            if (connection.Number > 0)
            {
                connection.Answer(request, ScriptedBroker.AllVersions());
            }
            else if (request.Version > 0)
            {
                connection.AnswerRaw(request.CorrelationId, 0, 0, 0xff, 0xff);
            }
            else
            {
                connection.Close();
            }
        };
        ConnectionProbe probe = new(simulation);
        ProbeRequest request = probe.Send(new ProbeRequest());
        broker.OnRequest = (connection, heartbeat) => connection.AnswerRaw(heartbeat.CorrelationId, 1, 2);
        simulation.RunFor(TimeSpan.FromSeconds(2));

        Assert.Equal(ConnectionPhase.Open, probe.Connection.Phase);
        Assert.Equal(2, broker.Connections.Count);
        Assert.Equal(0, Assert.Single(broker.Connections[1].Requests, r => r.ApiKey == ApiKey.ApiVersions).Version);
        Assert.Equal([1, 2], request.Response);
        Assert.Null(probe.Lost);
    }

    [Fact]
    public void An_answer_that_no_version_can_read_is_an_error_that_doubts_the_server()
    {
        Simulation simulation = new(1);
        ScriptedBroker broker = simulation.AddBroker();
        broker.OnApiVersions = (connection, request) => connection.AnswerRaw(request.CorrelationId, 0, 0, 0xff);
        ConnectionProbe probe = new(simulation);
        ProbeRequest request = probe.Send(new ProbeRequest());
        simulation.RunFor(TimeSpan.FromSeconds(2));

        Assert.IsType<KafkaProtocolException>(probe.Lost);
        Assert.Contains("broker 1 (broker:9092)", probe.Lost.Message);
        Assert.Contains("Check that this is a Kafka broker", probe.Lost.Message);
        Assert.False(request.MaybeSent);
        probe.AssertNothingHeld();
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP")]
    [InlineData("SSH-2.0-OpenSSH_9.2p1\r\n", "SSH")]
    [InlineData("\u0015\u0003\u0003\u0000\u0002\u0002\u0028", "TLS")]
    [InlineData("hello, who is there?", "not a Kafka broker")]
    public void A_server_that_speaks_something_else_is_named_for_what_it_is(string greeting, string expected)
    {
        Simulation simulation = new(1);
        ScriptedBroker broker = simulation.AddBroker();
        broker.OnApiVersions = (connection, _) => connection.Send(System.Text.Encoding.Latin1.GetBytes(greeting));
        ConnectionProbe probe = new(simulation);
        simulation.RunFor(TimeSpan.FromSeconds(2));

        Assert.IsType<KafkaProtocolException>(probe.Lost);
        Assert.Contains(expected, probe.Lost.Message);
        Assert.Contains("broker:9092", probe.Lost.Message);
        probe.AssertNothingHeld();
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_server_that_hangs_up_before_ApiVersions_is_told_to_be_no_plain_Kafka_listener(ulong seed)
    {
        Simulation simulation = new(seed);
        ScriptedBroker broker = simulation.AddBroker();
        broker.OnApiVersions = (connection, _) => connection.Close();
        ConnectionProbe probe = new(simulation);
        ProbeRequest request = probe.Send(new ProbeRequest());
        simulation.RunFor(TimeSpan.FromSeconds(2));

        Assert.IsType<KafkaConnectionException>(probe.Lost);
        Assert.Contains("TLS or SASL", probe.Lost.Message);
        Assert.Same(probe.Lost, request.Error);
        Assert.False(request.MaybeSent);
        Assert.Equal(1, request.Completions);
        probe.AssertNothingHeld();
    }

    [Fact]
    public void A_server_that_accepts_and_says_nothing_is_given_up_after_the_connect_timeout()
    {
        Simulation simulation = new(1);
        ScriptedBroker broker = simulation.AddBroker();
        broker.OnApiVersions = (_, _) => { };
        ConnectionProbe probe = new(simulation);
        simulation.RunFor(TimeSpan.FromSeconds(9.9));
        Assert.Null(probe.Lost);
        simulation.RunFor(TimeSpan.FromSeconds(0.2));

        Assert.IsType<KafkaTimeoutException>(probe.Lost);
        Assert.Contains("did not answer ApiVersions within 10 s", probe.Lost.Message);
        probe.AssertNothingHeld();
    }

    [Fact]
    public void A_listener_that_is_not_there_is_told_with_its_address()
    {
        Simulation simulation = new(1);
        ConnectionProbe probe = new(simulation, host: "nowhere", port: 19092);
        ProbeRequest request = probe.Send(new ProbeRequest());
        simulation.RunFor(Long);

        Assert.IsType<KafkaConnectionException>(probe.Lost);
        Assert.StartsWith("Cannot connect to broker 1 (nowhere:19092): ", probe.Lost.Message);
        Assert.False(request.MaybeSent);
        probe.AssertNothingHeld();
    }

    [Fact]
    public void No_version_in_common_fails_the_request_alone_and_names_both_ranges()
    {
        Simulation simulation = new(1);
        ScriptedBroker broker = simulation.AddBroker();
        broker.OnApiVersions = (connection, request) =>
        {
            ApiVersionsResponse response = new();
            response.ApiKeys.Add(new ApiVersionsResponse.ApiVersion { ApiKey = (short)ApiKey.Heartbeat, MinVersion = 0, MaxVersion = 1 });
            connection.Answer(request, response);
        };
        broker.OnRequest = (connection, request) => connection.AnswerRaw(request.CorrelationId);
        ConnectionProbe probe = new(simulation);
        ProbeRequest tooNew = probe.Send(new ProbeRequest { Lowest = 2, Highest = 3 });
        ProbeRequest unknown = probe.Send(new ProbeRequest { Api = ApiKey.Fetch });
        ProbeRequest fine = probe.Send(new ProbeRequest());
        simulation.RunFor(TimeSpan.FromSeconds(1));

        Assert.Contains("broker 1 (broker:9092) speaks Heartbeat in versions 0 to 1, and what is asked here needs 2 to 3", tooNew.Error!.Message);
        Assert.Contains("does not serve Fetch", unknown.Error!.Message);
        Assert.False(tooNew.MaybeSent);
        Assert.Equal((short)1, fine.Version);
    }

    [Fact]
    public void Finalized_features_of_the_cluster_are_kept()
    {
        ApiVersionsResponse response = ScriptedBroker.AllVersions();
        response.FinalizedFeatures.Add(new ApiVersionsResponse.FinalizedFeatureKey { Name = "transaction.version", MaxVersionLevel = 2 });
        byte[] body = new byte[response.GetSize(3)];
        Protocol.Buffers.KafkaWriter writer = new(body);
        response.Write(ref writer, 3);

        ApiVersionTable table = ApiVersionsExchange.Decode(body, 3).Table!;

        Assert.Equal(2, table.GetFinalizedLevel("transaction.version"));
        Assert.Equal(0, table.GetFinalizedLevel("metadata.version"));
    }
}
