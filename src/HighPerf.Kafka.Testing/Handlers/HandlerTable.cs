using HighPerf.Kafka.Testing.Releases;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Everything this broker does, by API key, in the versions of the release that it passes for. Never changes.</summary>
internal sealed class HandlerTable
{
    private readonly HandlerEntry?[] _byKey;

    public HandlerTable(KafkaRelease release)
    {
        List<HandlerEntry> all = [];
        foreach (RequestHandler handler in CreateHandlers(release))
        {
            if (release.VersionsOf(handler.ApiKey, handler.MinVersion, handler.MaxVersion) is { } versions)
            {
                all.Add(new HandlerEntry(handler, versions.Min, versions.Max));
            }
        }

        all.Sort((left, right) => left.Handler.ApiKey.CompareTo(right.Handler.ApiKey));
        All = all;
        _byKey = new HandlerEntry?[(int)all[^1].Handler.ApiKey + 1];
        foreach (HandlerEntry entry in all)
        {
            _byKey[(int)entry.Handler.ApiKey] = entry;
        }
    }

    /// <summary>In the order of API keys.</summary>
    public IReadOnlyList<HandlerEntry> All { get; }

    /// <summary>The handler of a key; null when there is none, or none for the version.</summary>
    public RequestHandler? Find(short apiKey, short version)
    {
        HandlerEntry? entry = (ushort)apiKey < _byKey.Length ? _byKey[apiKey] : null;

        // A client begins with ApiVersions in a version that this broker may not know; that one is answered, not refused.
        return entry is not null && (entry.Takes(version) || entry.Handler.ApiKey == ApiKey.ApiVersions) ? entry.Handler : null;
    }

    private static RequestHandler[] CreateHandlers(KafkaRelease release) =>
    [
        new ProduceHandler(),
        new FetchHandler(),
        new ListOffsetsHandler(),
        new MetadataHandler(),
        new OffsetCommitHandler(),
        new OffsetFetchHandler(),
        new FindCoordinatorHandler(),
        new JoinGroupHandler(),
        new HeartbeatHandler(),
        new LeaveGroupHandler(),
        new SyncGroupHandler(),
        new DescribeGroupsHandler(),
        new ListGroupsHandler(),
        new SaslHandshakeHandler(),
        new ApiVersionsHandler(release),
        new CreateTopicsHandler(),
        new DeleteTopicsHandler(),
        new DeleteRecordsHandler(),
        new InitProducerIdHandler(),
        new OffsetForLeaderEpochHandler(),
        new AddPartitionsToTxnHandler(),
        new AddOffsetsToTxnHandler(),
        new EndTxnHandler(),
        new TxnOffsetCommitHandler(),
        new DescribeAclsHandler(),
        new CreateAclsHandler(),
        new DeleteAclsHandler(),
        new DescribeConfigsHandler(),
        new AlterConfigsHandler(),
        new DescribeLogDirsHandler(),
        new SaslAuthenticateHandler(),
        new CreatePartitionsHandler(),
        new DeleteGroupsHandler(),
        new ElectLeadersHandler(),
        new IncrementalAlterConfigsHandler(),
        new AlterPartitionReassignmentsHandler(),
        new ListPartitionReassignmentsHandler(),
        new OffsetDeleteHandler(),
        new DescribeClientQuotasHandler(),
        new AlterClientQuotasHandler(),
        new DescribeUserScramCredentialsHandler(),
        new AlterUserScramCredentialsHandler(),
        new UpdateFeaturesHandler(),
        new DescribeClusterHandler(),
        new DescribeProducersHandler(),
        new DescribeTransactionsHandler(),
        new ListTransactionsHandler(),
        new ConsumerGroupHeartbeatHandler(),
        new ConsumerGroupDescribeHandler(),
        new ListConfigResourcesHandler(),
        new DescribeTopicPartitionsHandler(),
    ];
}
