using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>A broker that refuses, hangs up and falls silent now and then, for causes that a consumer gets over by itself.</summary>
internal sealed class BrokerTrouble(RandomSource random) : IRequestInterceptor
{
    private static readonly ErrorCode[] _fetchErrors =
    [
        ErrorCode.NotLeaderOrFollower, ErrorCode.UnknownTopicOrPartition, ErrorCode.FencedLeaderEpoch, ErrorCode.UnknownLeaderEpoch,
        ErrorCode.KafkaStorageError, ErrorCode.OffsetNotAvailable, ErrorCode.UnknownTopicId,
    ];

    private static readonly ErrorCode[] _groupErrors =
        [ErrorCode.NotCoordinator, ErrorCode.CoordinatorNotAvailable, ErrorCode.CoordinatorLoadInProgress, ErrorCode.UnstableOffsetCommit];

    /// <summary>How likely a request is troubled.</summary>
    public double Probability { get; set; }

    public void OnRequest(InterceptedRequest request)
    {
        if (request.ApiKey == ApiKey.ApiVersions || !random.Chance(Probability))
        {
            return;
        }

        ErrorCode[]? errors = request.ApiKey switch
        {
            ApiKey.Fetch or ApiKey.ListOffsets => _fetchErrors,
            ApiKey.OffsetFetch => _groupErrors,
            _ => null,
        };
        int kind = random.Next(20);
        if (kind == 0)
        {
            request.Verdict = RequestVerdict.ApplyAndStall;
        }
        else if (kind < 5)
        {
            request.Verdict = random.Chance(0.5) ? RequestVerdict.ApplyAndClose : RequestVerdict.Close;
        }
        else if (errors is not null)
        {
            request.FailWith(errors[random.Next(errors.Length)]);
        }
    }
}
