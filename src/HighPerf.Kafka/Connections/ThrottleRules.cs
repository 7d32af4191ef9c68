namespace HighPerf.Kafka.Connections;

/// <summary>
/// From which version on a broker answers at once and leaves waiting out the throttle time to the client (KIP-219). Before that it has already held the
/// answer back
/// for that time, and waiting again would double it.
/// </summary>
internal static class ThrottleRules
{
    private const short LastKeyBeforeKip219 = (short)ApiKey.DeleteGroups;

    public static bool ClientWaits(ApiKey key, short version) => version >= key switch
    {
        ApiKey.Produce or ApiKey.Metadata => 6,
        ApiKey.Fetch => 8,
        ApiKey.OffsetCommit or ApiKey.OffsetFetch => 4,
        ApiKey.ListOffsets or ApiKey.JoinGroup or ApiKey.CreateTopics => 3,
        ApiKey.FindCoordinator or ApiKey.Heartbeat or ApiKey.LeaveGroup or ApiKey.SyncGroup or ApiKey.DescribeGroups or
            ApiKey.ListGroups or ApiKey.ApiVersions or ApiKey.DeleteTopics or ApiKey.DescribeConfigs => 2,
        _ => (short)key <= LastKeyBeforeKip219 ? 1 : 0,
    };
}
