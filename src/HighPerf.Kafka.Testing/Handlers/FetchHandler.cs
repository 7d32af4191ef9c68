using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Fetching;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>
/// Hands out record batches. This broker keeps no fetch sessions (KIP-227): who asks for one gets a full answer with session id 0, which means that there is
/// none, and who names one is told that it does not exist.
/// </summary>
internal sealed class FetchHandler : RequestHandler<FetchRequest, FetchResponse>
{
    /// <summary>Epoch 0 asks for a new session, -1 wants none (and closes the one it names); every other epoch goes on with a session.</summary>
    private const int NewSession = 0;
    private const int NoSession = -1;

    protected override FetchResponse? Handle(FetchRequest request, RequestContext context)
    {
        if (request.SessionEpoch is not (NewSession or NoSession))
        {
            ErrorCode error = request.SessionId == 0 ? ErrorCode.InvalidFetchSessionEpoch : ErrorCode.FetchSessionIdNotFound;
            return CreateErrorResponse(request, context, error);
        }

        new PendingFetch(request, context).Start();
        return null;
    }

    protected override FetchResponse CreateErrorResponse(FetchRequest request, RequestContext context, ErrorCode error) =>
        PendingFetch.CreateErrorResponse(request, context.Version, error);
}
