using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Faults;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>Refuses, hangs up, stalls, cuts answers off, throttles and writes without saying so, as its seed likes it.</summary>
internal sealed class ProduceTrouble : IRequestInterceptor
{
    // None of these was applied, and a client gets over all of them.
    private static readonly ErrorCode[] _refusals =
    [
        ErrorCode.NotLeaderOrFollower, ErrorCode.NotEnoughReplicas, ErrorCode.CorruptMessage, ErrorCode.KafkaStorageError, ErrorCode.UnknownTopicOrPartition,
        ErrorCode.ThrottlingQuotaExceeded, ErrorCode.UnknownTopicId,
    ];

    // The records were written, and the broker says this.
    private static readonly ErrorCode[] _afterwards =
    [
        ErrorCode.NotEnoughReplicasAfterAppend, ErrorCode.RequestTimedOut, ErrorCode.NotLeaderOrFollower, ErrorCode.UnknownTopicOrPartition,
        ErrorCode.KafkaStorageError,
    ];

    private static readonly ErrorCode[] _final = [ErrorCode.InvalidRecord, ErrorCode.TopicAuthorizationFailed, ErrorCode.PolicyViolation];

    private readonly RandomSource _random;
    private readonly bool _isFinal;

    /// <param name="isFinal">Whether batches are also refused for good.</param>
    public ProduceTrouble(RandomSource random, bool isFinal)
    {
        _random = random;
        _isFinal = isFinal;
    }

    /// <summary>How likely a request is troubled.</summary>
    public double Probability { get; set; }

    public void OnRequest(InterceptedRequest request)
    {
        if (request.ApiKey is not (ApiKey.Produce or ApiKey.InitProducerId or ApiKey.Metadata) || !_random.Chance(Probability))
        {
            return;
        }

        if (request.ApiKey != ApiKey.Produce)
        {
            request.Verdict = _random.Chance(0.5) ? RequestVerdict.Close : _random.Chance(0.8) ? RequestVerdict.ApplyAndClose : RequestVerdict.ApplyAndStall;
            return;
        }

        switch (_random.Next(12))
        {
            case 0:
                request.Verdict = RequestVerdict.Close;
                break;
            case 1:
                request.Verdict = RequestVerdict.ApplyAndClose;
                break;
            case 2:
                request.Verdict = RequestVerdict.ApplyAndStall;
                break;
            case 3:
                request.Verdict = _random.Chance(0.5) ? RequestVerdict.Stall : RequestVerdict.HalfOpen;
                break;
            case 4:
                request.Verdict = RequestVerdict.ApplyAndCut;
                request.AnswerBytes = _random.Next(40);
                break;
            case 5:
                request.HoldFor(TimeSpan.FromMilliseconds(_random.Next(1500)));
                break;
            case 6:
                request.Rewriter = new ThrottleFault(_random.Next(1000));
                break;
            case 7 or 8:
                request.Keep();
                request.Verdict = RequestVerdict.ApplyAndFail;
                request.Error = _afterwards[_random.Next(_afterwards.Length)];
                break;
            case 9 when _isFinal:
                request.FailWith(_final[_random.Next(_final.Length)]);
                break;
            default:
                request.FailWith(_refusals[_random.Next(_refusals.Length)]);
                break;
        }
    }
}
