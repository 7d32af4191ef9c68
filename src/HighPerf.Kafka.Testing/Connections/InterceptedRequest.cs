using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.Connections;

/// <summary>
/// One request as interceptors and faults see it, from its arrival to its end. A timer, for requests that are held for a time. Owner: the cluster's loop,
/// but for <see cref="Release"/>, which any thread may call.
/// </summary>
internal sealed class InterceptedRequest : LoopTimer, IThreadPoolWorkItem
{
    private readonly BrokerConnection _connection;
    private RecordedRequest? _record;

    public InterceptedRequest(BrokerConnection connection, in FrameHeader header, ReadOnlyMemory<byte> body)
    {
        _connection = connection;
        Header = header;
        Body = body;
    }

    public FrameHeader Header { get; }

    public ApiKey ApiKey => (ApiKey)Header.ApiKey;

    public BrokerConnection Connection => _connection;

    public long ConnectionId => _connection.Id;

    public int BrokerId => _connection.Broker.NodeId;

    /// <summary>The request after its header. Valid until the request is handled, or to its end when it was held or recorded.</summary>
    public ReadOnlyMemory<byte> Body { get; private set; }

    public RequestVerdict Verdict { get; set; }

    /// <summary>What <see cref="RequestVerdict.Fail"/> answers.</summary>
    public ErrorCode Error { get; set; }

    /// <summary>How much of the answer <see cref="RequestVerdict.ApplyAndCut"/> sends.</summary>
    public int AnswerBytes { get; set; }

    /// <summary>Changes request and answer; null: nothing is changed.</summary>
    public IAnswerRewriter? Rewriter { get; set; }

    /// <summary>The frame of an answer that is held; null when there is none.</summary>
    public byte[]? HeldAnswer { get; set; }

    /// <summary>Who holds the request or its answer; null: nobody.</summary>
    public HeldRequests? Holder { get; set; }

    public bool IsHeld { get; private set; }

    /// <summary>The request as it is recorded and shown to users. Made when it is first asked for, with a copy of the bytes.</summary>
    public RecordedRequest Record
    {
        get
        {
            if (_record is null)
            {
                Body = Body.ToArray();
                _record = _connection.Broker.Cluster.Requests.Create(this);
            }

            return _record;
        }
    }

    public TRequest Decode<TRequest>()
        where TRequest : class, IKafkaMessage<TRequest>
    {
        KafkaReader reader = new(Body.Span);
        return TRequest.Read(ref reader, Header.Version);
    }

    /// <summary>The request waits, and with it everything behind it on its connection, until <see cref="Release"/>.</summary>
    public void Hold()
    {
        if (!IsHeld)
        {
            IsHeld = true;
            Keep();
        }
    }

    /// <summary>The request waits for a time.</summary>
    public void HoldFor(TimeSpan time)
    {
        Hold();
        _connection.Loop.Arm(this, _connection.Loop.Now + time);
    }

    /// <summary>The body outlives the buffer that it was received into.</summary>
    public void Keep()
    {
        if (_record is null)
        {
            Body = Body.ToArray();
        }
    }

    /// <summary>The answer is there and waits until <see cref="Release"/>.</summary>
    public void HoldAnswer(byte[] frame)
    {
        IsHeld = true;
        HeldAnswer = frame;
        Holder?.AnswerHeld(this);
    }

    /// <summary>Lets a held request go on, under the verdict it has then. Any thread, once.</summary>
    public void Release() => _connection.Loop.Post(this);

    /// <summary>The connection is gone, or the request has its answer: nobody keeps it.</summary>
    public void Forget()
    {
        _connection.Loop.Disarm(this);
        Holder?.Forget(this);
    }

    public void FailWith(ErrorCode error)
    {
        Verdict = RequestVerdict.Fail;
        Error = error;
    }

    /// <summary>The request was applied; what is left is to refuse it. Returns its body.</summary>
    public ReadOnlySpan<byte> FailAfterwards()
    {
        Verdict = RequestVerdict.Fail;
        return Body.Span;
    }

    void IThreadPoolWorkItem.Execute() => Resume();

    protected internal override void OnDue() => Resume();

    private void Resume()
    {
        if (IsHeld)
        {
            IsHeld = false;
            _connection.Resume(this);
        }
    }
}
