namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Everything this broker does, by API key. Never changes.</summary>
internal sealed class HandlerTable
{
    private readonly RequestHandler?[] _byKey;

    public HandlerTable()
    {
        All =
        [
            new ProduceHandler(), new FetchHandler(), new ListOffsetsHandler(), new MetadataHandler(),
            new OffsetCommitHandler(), new OffsetFetchHandler(), new FindCoordinatorHandler(), new JoinGroupHandler(),
            new HeartbeatHandler(), new LeaveGroupHandler(), new SyncGroupHandler(), new DescribeGroupsHandler(),
            new ListGroupsHandler(), new ApiVersionsHandler(),
            new CreateTopicsHandler(), new DeleteTopicsHandler(), new InitProducerIdHandler(), new DeleteGroupsHandler(),
            new OffsetDeleteHandler(), new DescribeClusterHandler(),
        ];
        _byKey = new RequestHandler?[All.Max(handler => (int)handler.ApiKey) + 1];
        foreach (RequestHandler handler in All)
        {
            _byKey[(int)handler.ApiKey] = handler;
        }
    }

    /// <summary>In the order of API keys.</summary>
    public IReadOnlyList<RequestHandler> All { get; }

    /// <summary>The handler of a key; null when there is none, or none for the version.</summary>
    public RequestHandler? Find(short apiKey, short version)
    {
        RequestHandler? handler = (ushort)apiKey < _byKey.Length ? _byKey[apiKey] : null;

        // A client begins with ApiVersions in a version that this broker may not know; that one is answered, not refused.
        return handler is not null && (handler.Supports(version) || handler.ApiKey == ApiKey.ApiVersions) ? handler : null;
    }
}
