using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Faults;

/// <summary>What faults do to a whole request.</summary>
internal static class RequestFaults
{
    /// <summary>Answers with an error. To a produce request that wants no answer a broker tells an error by closing the connection.</summary>
    public static void Fail(InterceptedRequest request, ErrorCode error)
    {
        request.FailWith(error);
        if (request.ApiKey == ApiKey.Produce && !WantsAnswer(request))
        {
            request.Verdict = RequestVerdict.Close;
        }
    }

    /// <summary><c>nullable string transactional id (v3+) | int16 acks</c>.</summary>
    private static bool WantsAnswer(InterceptedRequest request)
    {
        KafkaReader reader = new(request.Body.Span);
        try
        {
            return ProduceRequest.Read(ref reader, request.Header.Version).Acks != 0;
        }
        catch (KafkaProtocolException)
        {
            // The handler says what is wrong with it.
            return true;
        }
    }
}
