using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Recording;

namespace HighPerf.Kafka.Testing;

/// <summary>
/// A request that an embedded cluster received, and its answer. The request never changes; <see cref="Outcome"/> and what belongs to the answer change once
/// the request goes on. Thread-safe.
/// </summary>
public sealed class RecordedRequest
{
    private readonly Lazy<MessageView> _request;
    private readonly TopicNames _names;

    /// <summary>Written by the cluster's loop before <see cref="_outcome"/>, read by anybody after it.</summary>
    private byte[]? _response;
    private string? _reason;
    private DateTimeOffset _ended;
    private MessageView? _responseView;

    /// <summary>A <see cref="RequestOutcome"/>. Written by the cluster's loop.</summary>
    private volatile int _outcome;

    internal RecordedRequest(long number, DateTimeOffset time, InterceptedRequest request, TopicNames names)
    {
        Number = number;
        Time = time;
        Broker = request.BrokerId;
        Connection = request.ConnectionId;
        ClientId = request.Header.ClientId;
        ApiKey = request.ApiKey;
        Version = request.Header.Version;
        CorrelationId = request.Header.CorrelationId;
        RequestBody = request.Body;
        _names = names;
        _request = new Lazy<MessageView>(() => MessageView.Of(ApiKey, MessageKind.Request, Version, RequestBody, _names));
    }

    /// <summary>Counts the requests of the cluster in the order of their arrival, from 1.</summary>
    public long Number { get; }

    /// <summary>When it arrived, by the cluster's <see cref="TimeProvider"/>.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>The id of the broker that received it.</summary>
    public int Broker { get; }

    /// <summary>The connection it came on; connections are numbered in the order in which the cluster accepted them.</summary>
    public long Connection { get; }

    /// <summary>The name that the client gave itself.</summary>
    public string? ClientId { get; }

    /// <summary>What it asks.</summary>
    public ApiKey ApiKey { get; }

    /// <summary>The version of request and answer.</summary>
    public short Version { get; }

    /// <summary>The number by which the client knows the answer.</summary>
    public int CorrelationId { get; }

    /// <summary>What became of it so far.</summary>
    public RequestOutcome Outcome => (RequestOutcome)_outcome;

    /// <summary>When it was answered, lost or closed; null before.</summary>
    public DateTimeOffset? EndTime => Outcome is RequestOutcome.Pending or RequestOutcome.Held ? null : _ended;

    /// <summary>Why its connection was closed; null when nobody said, or when it was not.</summary>
    public string? Reason => Outcome == RequestOutcome.Closed ? _reason : null;

    /// <summary>The bytes of the request after its header.</summary>
    public ReadOnlyMemory<byte> RequestBody { get; }

    /// <summary>The bytes of the answer after its header; empty as long as there is none.</summary>
    public ReadOnlyMemory<byte> ResponseBody => Outcome == RequestOutcome.Answered ? AnswerFrame.Body(_response!, ApiKey, Version) : default;

    /// <summary>The partitions that the request names, in its order.</summary>
    public IReadOnlyList<RecordedPartition> Partitions => _request.Value.Partitions;

    /// <summary>The partitions that the answer names, with their errors, in its order; empty as long as there is no answer.</summary>
    public IReadOnlyList<RecordedPartition> AnsweredPartitions => ResponseView?.Partitions ?? [];

    /// <summary>The topics that the request names, in its order.</summary>
    public IReadOnlyList<string> Topics => _request.Value.Topics;

    /// <summary>The first error in the answer, wherever it stands; <see cref="ErrorCode.None"/> when there is none, or no answer.</summary>
    public ErrorCode Error => ResponseView?.Error ?? ErrorCode.None;

    /// <summary>The request as JSON, in the form of Apache Kafka's own converters; null when its bytes are no such request.</summary>
    public string? RequestJson => _request.Value.Json;

    /// <summary>The answer as JSON; null when there is none.</summary>
    public string? ResponseJson => ResponseView?.Json;

    private MessageView? ResponseView
    {
        get
        {
            if (_responseView is null && Outcome == RequestOutcome.Answered)
            {
                // Made twice when two threads ask at once, and the same both times.
                ReadOnlyMemory<byte> body = ResponseBody;
                _responseView = MessageView.Of(ApiKey, MessageKind.Response, AnswerFrame.VersionOf(ApiKey, Version, body.Span), body, _names);
            }

            return _responseView;
        }
    }

    internal TopicNames Names => _names;

    /// <summary>How many bytes the recording holds for it.</summary>
    internal int Bytes => RequestBody.Length + (_response?.Length ?? 0);

    /// <summary>One line for people.</summary>
    public override string ToString() => RequestLine.Of(this);

    internal TRequest Decode<TRequest>()
        where TRequest : class, IKafkaMessage<TRequest>
    {
        KafkaReader reader = new(RequestBody.Span);
        return TRequest.Read(ref reader, Version);
    }

    internal TResponse DecodeResponse<TResponse>()
        where TResponse : class, IKafkaMessage<TResponse>
    {
        ReadOnlySpan<byte> body = ResponseBody.Span;
        KafkaReader reader = new(body);
        return TResponse.Read(ref reader, AnswerFrame.VersionOf(ApiKey, Version, body));
    }

    /// <summary>Cluster's loop only.</summary>
    internal void Become(RequestOutcome outcome, DateTimeOffset now, byte[]? response = null, string? reason = null)
    {
        _response = response;
        _reason = reason;
        _ended = now;
        _outcome = (int)outcome;
    }
}
