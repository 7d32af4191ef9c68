using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Handlers;
using HighPerf.Kafka.Testing.Quotas;

namespace HighPerf.Kafka.Testing.Connections;

/// <summary>
/// The request that a connection works on: who asked, in which version, and the way to answer. One per connection, reused. Owner: the cluster's loop.
/// </summary>
internal sealed class RequestContext
{
    private readonly BrokerConnection _connection;

    /// <summary>Whether what is answered now is taken by <see cref="Capture"/> and not sent.</summary>
    private bool _capturing;

    public RequestContext(BrokerConnection connection) => _connection = connection;

    public EmbeddedBroker Broker => _connection.Broker;

    public EmbeddedCluster Cluster => _connection.Broker.Cluster;

    public FrameHeader Header { get; private set; }

    /// <summary>The client's address without its port, as brokers tell it.</summary>
    public string ClientHost
    {
        get
        {
            string name = _connection.RemoteName;
            int port = name.LastIndexOf(':');
            return $"/{(port < 0 ? name : name[..port])}";
        }
    }

    public short Version => Header.Version;

    public RequestHandler Handler { get; private set; } = null!;

    /// <summary>The size of the request without the four bytes that tell it.</summary>
    public int RequestBytes { get; private set; }

    public void Begin(RequestHandler handler, in FrameHeader header, int bodyBytes)
    {
        Handler = handler;
        Header = header;
        RequestBytes = header.Length + bodyBytes;
    }

    /// <summary>
    /// Counts bytes towards the client's quota. Over it, nothing more is taken from the connection for the milliseconds that are returned, which the answer
    /// tells the client.
    /// </summary>
    public int Throttle(QuotaKind kind, long bytes)
    {
        int milliseconds = Broker.Quotas.RecordAndGetThrottleMs(Header.ClientId, kind, bytes);
        if (milliseconds > 0)
        {
            _connection.Mute(milliseconds);
        }

        return milliseconds;
    }

    /// <summary>The frame of the answer that refuses a request of this version, which is not sent.</summary>
    public byte[] Capture(ReadOnlySpan<byte> body, ErrorCode error)
    {
        _capturing = true;
        try
        {
            Handler.Fail(this, body, error);
            return _connection.Output.TakeFrame();
        }
        finally
        {
            _capturing = false;
        }
    }

    public void Respond<TResponse>(TResponse response)
        where TResponse : IKafkaMessage
    {
        ResponseBuffer buffer = BeginResponse();
        buffer.Write(response, Version);
        EndResponse();
    }

    /// <summary>Starts an answer that the caller writes itself.</summary>
    public ResponseBuffer BeginResponse()
    {
        ResponseBuffer buffer = _connection.Output;
        buffer.BeginFrame(Header.CorrelationId, Handler.HasFlexibleResponseHeader(Version));
        return buffer;
    }

    public void EndResponse()
    {
        _connection.Output.EndFrame();
        if (!_capturing)
        {
            _connection.Answered();
        }
    }

    /// <summary>The request is done and has no answer (produce with acks 0).</summary>
    public void RespondNothing() => _connection.Answered();

    /// <summary>The answer comes later; until then nothing behind this request is looked at.</summary>
    public void Park(IParkedRequest parked) => _connection.Park(parked);

    public void Close(string reason) => _connection.Close(reason);
}
