using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Connections;

/// <summary>One request as an interceptor sees it. Owner: the cluster's loop, but for <see cref="Release"/>, which any thread may call.</summary>
internal sealed class InterceptedRequest : IThreadPoolWorkItem
{
    private readonly BrokerConnection _connection;

    public InterceptedRequest(BrokerConnection connection, in FrameHeader header, ReadOnlyMemory<byte> body)
    {
        _connection = connection;
        Header = header;
        Body = body;
    }

    public FrameHeader Header { get; }

    public ApiKey ApiKey => (ApiKey)Header.ApiKey;

    public long ConnectionId => _connection.Id;

    public int BrokerId => _connection.Broker.NodeId;

    /// <summary>The request after its header.</summary>
    public ReadOnlyMemory<byte> Body { get; private set; }

    public RequestVerdict Verdict { get; set; }

    /// <summary>What <see cref="RequestVerdict.Fail"/> answers.</summary>
    public ErrorCode Error { get; set; }

    public bool IsHeld { get; private set; }

    public TRequest Decode<TRequest>()
        where TRequest : class, IKafkaMessage<TRequest>
    {
        KafkaReader reader = new(Body.Span);
        return TRequest.Read(ref reader, Header.Version);
    }

    /// <summary>The request waits, and with it everything behind it on its connection, until <see cref="Release"/>.</summary>
    public void Hold()
    {
        IsHeld = true;
        Body = Body.ToArray();
    }

    /// <summary>Lets a held request go on, under the verdict it has then. Any thread, once.</summary>
    public void Release() => _connection.Loop.Post(this);

    public void FailWith(ErrorCode error)
    {
        Verdict = RequestVerdict.Fail;
        Error = error;
    }

    void IThreadPoolWorkItem.Execute()
    {
        IsHeld = false;
        _connection.Resume(this);
    }
}
