using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Tests.Scripting;

/// <summary>A server that does what the test says. Unless told otherwise it answers ApiVersions with everything this client knows, and nothing else.</summary>
internal sealed class ScriptedBroker : ITransportAcceptor
{
    private readonly ITransportListener _listener;

    public ScriptedBroker(RuntimeEnvironment environment, ITransport transport, string host = "broker", int port = 9092)
    {
        Loop = environment.CreateLoop($"scripted {host}:{port}", LoopKind.Borrowed);
        _listener = transport.Listen(host, port, Loop, this);
    }

    public EventLoop Loop { get; }

    public int Port => _listener.Port;

    public List<ScriptedConnection> Connections { get; } = [];

    /// <summary>All requests of all connections but ApiVersions, in order of arrival.</summary>
    public List<ScriptedRequest> Requests { get; } = [];

    /// <summary>Answers a request; null: default.</summary>
    public Action<ScriptedConnection, ScriptedRequest>? OnRequest { get; set; }

    /// <summary>Answers ApiVersions; null: all versions of all APIs.</summary>
    public Action<ScriptedConnection, ScriptedRequest>? OnApiVersions { get; set; }

    /// <summary>Called with each new connection.</summary>
    public Action<ScriptedConnection>? OnConnection { get; set; }

    public static ApiVersionsResponse AllVersions()
    {
        ApiVersionsResponse response = new();
        foreach (MessageDescriptor message in MessageCatalog.All)
        {
            if (message is { Kind: MessageKind.Request, ApiKey: { } key })
            {
                response.ApiKeys.Add(new ApiVersionsResponse.ApiVersion
                {
                    ApiKey = (short)key, MinVersion = message.MinVersion, MaxVersion = message.MaxVersion,
                });
            }
        }

        return response;
    }

    public void OnAccepted(Func<EventLoop, ITransportHandler, ITransportConnection> start)
    {
        ScriptedConnection connection = new(this, Connections.Count);
        Connections.Add(connection);
        ITransportConnection transport = start(Loop, connection);
        connection.Begin(transport);
        OnConnection?.Invoke(connection);
    }

    public void OnFaulted(Exception error)
    {
    }

    public void Stop() => _listener.Close();

    internal void Handle(ScriptedConnection connection, ScriptedRequest request)
    {
        if (request.ApiKey == ApiKey.ApiVersions)
        {
            if (OnApiVersions is not null)
            {
                OnApiVersions(connection, request);
            }
            else
            {
                connection.Answer(request, AllVersions());
            }

            return;
        }

        Requests.Add(request);
        OnRequest?.Invoke(connection, request);
    }
}
