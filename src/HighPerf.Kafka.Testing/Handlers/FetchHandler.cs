using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Configs;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Fetching;
using HighPerf.Kafka.Testing.Quotas;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Hands out record batches: of the partitions that a request names, or of those of a fetch session (KIP-227) that changed.</summary>
internal sealed class FetchHandler : RequestHandler<FetchRequest, FetchResponse>
{
    /// <summary>Scratch, overwritten by each request; made with the first one. Owner: the cluster's loop.</summary>
    private FetchBody? _body;

    // Settings that do not change while the brokers run.
    private int _maxBytes;
    private bool _selectsByRack;

    public override void Handle(RequestContext context, ReadOnlySpan<byte> body)
    {
        if (_body is null)
        {
            _body = new FetchBody(context.Cluster.Topics);
            BrokerConfigs settings = context.Cluster.Configs;
            _maxBytes = (int)settings.GetNumber("fetch.max.bytes");
            _selectsByRack = settings.FindWithSource("replica.selector.class").Value == RackAwareSelection.ClassName;
        }

        _body.Read(body, context.Version);
        if (_body.SessionEpoch is FetchSession.NewSession or FetchSession.NoSession)
        {
            // Whatever session a full request names, the client does not want it any more.
            context.Broker.FetchSessions.Remove(_body.SessionId);
            StartFull(context, _body, _body.SessionEpoch == FetchSession.NewSession);
        }
        else
        {
            Continue(context, _body);
        }
    }

    protected override FetchResponse? Handle(FetchRequest request, RequestContext context) =>
        throw new InvalidOperationException("Fetch is handled from its bytes.");

    protected override FetchResponse CreateErrorResponse(FetchRequest request, RequestContext context, ErrorCode error)
    {
        // The code for the whole answer exists since version 7; before it every partition carries it.
        FetchResponse response = new() { ErrorCode = (short)error };
        if (context.Version >= FetchResponseWriter.FirstSessionVersion)
        {
            return response;
        }

        foreach (FetchRequest.FetchTopic asked in request.Topics)
        {
            FetchResponse.FetchableTopicResponse topic = new() { Topic = asked.Topic };
            topic.Partitions.AddRange(asked.Partitions.Select(partition => new FetchResponse.PartitionData
            {
                PartitionIndex = partition.Partition,
                ErrorCode = (short)error,
                HighWatermark = -1,
                Records = [],
            }));
            response.Responses.Add(topic);
        }

        return response;
    }

    private void StartFull(RequestContext context, FetchBody body, bool wantsSession)
    {
        FetchPartitionSet partitions = new(context.Cluster.FetchWakeups);
        foreach (FetchAsk ask in body.Asks)
        {
            partitions.Ask(ask);
        }

        new PendingFetch(context, ParametersOf(context, body), partitions, wantsSession).Start();
    }

    /// <summary>The next request of a session: its wishes are taken over, then the session's partitions are read.</summary>
    private void Continue(RequestContext context, FetchBody body)
    {
        FetchSession? session = context.Broker.FetchSessions.Find(body.SessionId);
        ErrorCode error = Check(session, body.SessionEpoch, context.Version);
        if (error != ErrorCode.None)
        {
            context.Respond(new FetchResponse { ErrorCode = (short)error });
            return;
        }

        foreach (FetchAsk ask in body.Asks)
        {
            session!.Partitions.Ask(ask);
        }

        foreach (FetchTarget forgotten in body.Forgotten)
        {
            session!.Partitions.Forget(forgotten);
        }

        if (session!.Partitions.Count == 0)
        {
            // A session without partitions is none.
            context.Broker.FetchSessions.Remove(session.Id);
            StartFull(context, body, wantsSession: false);
            return;
        }

        session.Touch(context.Cluster.NowMs);
        session.Advance();
        new PendingFetch(context, ParametersOf(context, body), session).Start();
    }

    private static ErrorCode Check(FetchSession? session, int epoch, short version)
    {
        if (session is null)
        {
            return ErrorCode.FetchSessionIdNotFound;
        }

        if (session.Epoch != epoch)
        {
            return ErrorCode.InvalidFetchSessionEpoch;
        }

        return session.UsesTopicIds == version >= FetchResponseWriter.FirstTopicIdVersion ? ErrorCode.None : ErrorCode.FetchSessionTopicIdError;
    }

    private FetchParameters ParametersOf(RequestContext context, FetchBody body)
    {
        long quota = context.Broker.Quotas.BytesInWindow(context.Header.ClientId, QuotaKind.Fetch);
        int maxBytes = (int)Math.Min(Math.Min(body.MaxBytes, _maxBytes), quota);
        return new FetchParameters(
            context.Broker.NodeId,
            context.Version,
            body.ReplicaId,
            body.ReadCommitted,
            _selectsByRack ? body.RackId : "",
            body.MaxWaitMs,
            Math.Min(body.MinBytes, maxBytes),
            maxBytes);
    }
}
