using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Tests.Scripting;

/// <summary>
/// A request that notes what becomes of it. Its body is a few bytes of its own; Heartbeat by default, whose versions up to 3 are not flexible.
/// </summary>
internal sealed class ProbeRequest : BrokerRequest
{
    private readonly byte[] _body;

    public ProbeRequest(params byte[] body) => _body = body;

    public ApiKey Api { get; init; } = ApiKey.Heartbeat;

    public short Lowest { get; init; }

    public short Highest { get; init; } = 3;

    public bool IsAnswered { get; init; } = true;

    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes gathered by reference, behind the body.</summary>
    public ArraySegment<byte> External { get; init; }

    public Exception? EncodeError { get; init; }

    public Exception? ReadError { get; init; }

    public int ThrottleMs { get; init; }

    public Action? Done { get; init; }

    public byte[]? Response { get; private set; }

    public short Version { get; private set; } = -1;

    public KafkaException? Error { get; private set; }

    public bool? MaybeSent { get; private set; }

    public bool IsWritten { get; private set; }

    /// <summary>How often it was told its end; never more than once.</summary>
    public int Completions { get; private set; }

    public override ApiKey ApiKey => Api;

    public override short LowestVersion => Lowest;

    public override short HighestVersion => Highest;

    public override bool ExpectsResponse => IsAnswered;

    public override TimeSpan Timeout => AnswerTimeout;

    public override bool IsFlexible(short version) => Api == ApiKey.Heartbeat && version >= 4;

    public override void Encode(RequestWriter output, short version)
    {
        _body.CopyTo(output.GetSpan(Math.Max(1, _body.Length)));
        output.Advance(_body.Length);
        output.Append(External);
        if (EncodeError is not null)
        {
            throw EncodeError;
        }
    }

    public override int OnResponse(in ResponseBody body, short version)
    {
        if (ReadError is not null)
        {
            throw ReadError;
        }

        Version = version;
        Response = body.Span.ToArray();
        Completions++;
        Done?.Invoke();
        return ThrottleMs;
    }

    public override void OnFailed(KafkaException error, bool maybeSent)
    {
        Error = error;
        MaybeSent = maybeSent;
        Completions++;
        Done?.Invoke();
    }

    public override void OnWritten()
    {
        IsWritten = true;
        Completions++;
        Done?.Invoke();
    }
}
