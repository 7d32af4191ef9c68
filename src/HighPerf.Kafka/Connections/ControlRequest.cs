using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Connections;

/// <summary>
/// Everything that is not hot: a typed message out, a typed message in. The derived type says what becomes of the answer, on the loop;
/// <see cref="AwaitableRequest{TRequest,TResponse}"/> brings it to an awaiting caller.
/// </summary>
internal abstract class ControlRequest<TRequest, TResponse> : BrokerRequest
    where TRequest : class, IKafkaRequest<TRequest, TResponse>
    where TResponse : class, IKafkaMessage<TResponse>
{
    private readonly Func<TResponse, int>? _throttleTime;
    private readonly short _lowest;
    private readonly short _highest;

    /// <param name="message">Not changed while the request is under way.</param>
    /// <param name="throttleTime">Reads the throttle time in milliseconds from the answer; null for an API whose answer has none.</param>
    /// <param name="lowest">The lowest version that can carry the message, when not all can.</param>
    /// <param name="highest">A cap on the version, when not all suit.</param>
    protected ControlRequest(
        TRequest message, TimeSpan timeout, Func<TResponse, int>? throttleTime, short lowest = 0, short highest = short.MaxValue)
    {
        Message = message;
        Timeout = timeout;
        _throttleTime = throttleTime;
        _lowest = Math.Max(lowest, TRequest.MinVersion);
        _highest = Math.Min(highest, TRequest.MaxVersion);
    }

    public TRequest Message { get; }

    public sealed override TimeSpan Timeout { get; }

    public sealed override ApiKey ApiKey => TRequest.ApiKey;

    public sealed override short LowestVersion => _lowest;

    public sealed override short HighestVersion => _highest;

    public sealed override bool IsFlexible(short version) => TRequest.IsFlexible(version);

    public override void Encode(RequestWriter output, short version)
    {
        int size = Message.GetSize(version);
        KafkaWriter writer = new(output.GetSpan(size)[..size]);
        Message.Write(ref writer, version);
        output.Advance(writer.Position);
    }

    public sealed override int OnResponse(in ResponseBody body, short version)
    {
        KafkaReader reader = new(body.Span);
        TResponse response = TResponse.Read(ref reader, version);
        int throttle = _throttleTime?.Invoke(response) ?? 0;
        OnAnswer(response, version);
        return throttle;
    }

    /// <summary>The answer, on the loop.</summary>
    protected abstract void OnAnswer(TResponse response, short version);
}
