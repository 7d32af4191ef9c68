namespace HighPerf.Kafka.Testing.Releases;

/// <summary>
/// Which versions of each API key the brokers of each release of Apache Kafka tell their clients: from the named release on, the lowest and the highest one.
/// Found out by asking released brokers; versions that a release marks as unstable are not among them. Never changes.
/// </summary>
internal static class ReleaseVersions
{
    /// <summary>In the order of API keys.</summary>
    private static readonly (ApiKey Key, string Ranges)[] Rows =
    [
        (ApiKey.Produce, "2.1:0-7 2.4:0-8 2.8:0-9 3.7:0-10 3.8:0-11 4.0:0-12 4.1:0-13"),
        (ApiKey.Fetch, "2.1:0-10 2.3:0-11 2.7:0-12 3.1:0-13 3.5:0-15 3.7:0-16 3.9:0-17 4.0:4-17 4.1:4-18"),
        (ApiKey.ListOffsets, "2.1:0-4 2.2:0-5 2.8:0-6 3.0:0-7 3.5:0-8 3.9:0-9 4.0:1-10 4.2:1-11"),
        (ApiKey.Metadata, "2.1:0-7 2.3:0-8 2.4:0-9 2.8:0-11 3.1:0-12 4.0:0-13"),
        (ApiKey.OffsetCommit, "2.1:0-6 2.3:0-7 2.4:0-8 3.7:0-9 4.0:2-9 4.2:2-10"),
        (ApiKey.OffsetFetch, "2.1:0-5 2.4:0-6 2.5:0-7 3.0:0-8 3.7:0-9 4.0:1-9 4.2:1-10"),
        (ApiKey.FindCoordinator, "2.1:0-2 2.4:0-3 3.0:0-4 3.8:0-5 3.9:0-6"),
        (ApiKey.JoinGroup, "2.1:0-3 2.2:0-4 2.3:0-5 2.4:0-6 2.5:0-7 3.2:0-9 4.0:2-9 4.1:0-9"),
        (ApiKey.Heartbeat, "2.1:0-2 2.3:0-3 2.4:0-4"),
        (ApiKey.LeaveGroup, "2.1:0-2 2.4:0-4 3.2:0-5"),
        (ApiKey.SyncGroup, "2.1:0-2 2.3:0-3 2.4:0-4 2.5:0-5"),
        (ApiKey.DescribeGroups, "2.1:0-2 2.3:0-3 2.4:0-5 4.0:0-6"),
        (ApiKey.ListGroups, "2.1:0-2 2.4:0-3 2.6:0-4 3.8:0-5"),
        (ApiKey.SaslHandshake, "2.1:0-1"),
        (ApiKey.ApiVersions, "2.1:0-2 2.4:0-3 3.9:0-4"),
        (ApiKey.CreateTopics, "2.1:0-3 2.4:0-5 2.7:0-6 2.8:0-7 4.0:2-7"),
        (ApiKey.DeleteTopics, "2.1:0-3 2.4:0-4 2.7:0-5 2.8:0-6 4.0:1-6"),
        (ApiKey.DeleteRecords, "2.1:0-1 2.6:0-2"),
        (ApiKey.InitProducerId, "2.1:0-1 2.4:0-2 2.5:0-3 2.7:0-4 3.8:0-5"),
        (ApiKey.OffsetForLeaderEpoch, "2.1:0-2 2.3:0-3 2.8:0-4 4.0:2-4"),
        (ApiKey.AddPartitionsToTxn, "2.1:0-1 2.7:0-2 2.8:0-3 3.6:0-4 3.8:0-5"),
        (ApiKey.AddOffsetsToTxn, "2.1:0-1 2.7:0-2 2.8:0-3 3.8:0-4"),
        (ApiKey.EndTxn, "2.1:0-1 2.7:0-2 2.8:0-3 3.8:0-4 4.0:0-5"),
        (ApiKey.WriteTxnMarkers, "2.1:0-0 2.8:0-1 4.0:1-1 4.2:1-2"),
        (ApiKey.TxnOffsetCommit, "2.1:0-2 2.5:0-3 3.8:0-4 4.0:0-5"),
        (ApiKey.DescribeAcls, "2.1:0-1 2.5:0-2 3.3:0-3 4.0:1-3"),
        (ApiKey.CreateAcls, "2.1:0-1 2.5:0-2 3.3:0-3 4.0:1-3"),
        (ApiKey.DeleteAcls, "2.1:0-1 2.5:0-2 3.3:0-3 4.0:1-3"),
        (ApiKey.DescribeConfigs, "2.1:0-2 2.6:0-3 2.8:0-4 4.0:1-4"),
        (ApiKey.AlterConfigs, "2.1:0-1 2.8:0-2"),
        (ApiKey.AlterReplicaLogDirs, "2.1:0-1 2.8:0-2 4.0:1-2"),
        (ApiKey.DescribeLogDirs, "2.1:0-1 2.6:0-2 3.2:0-3 3.3:0-4 4.0:1-4 4.3:1-5"),
        (ApiKey.SaslAuthenticate, "2.1:0-0 2.2:0-1 2.5:0-2"),
        (ApiKey.CreatePartitions, "2.1:0-1 2.5:0-2 2.7:0-3"),
        (ApiKey.CreateDelegationToken, "2.1:0-1 2.4:0-2 3.3:0-3 4.0:1-3"),
        (ApiKey.RenewDelegationToken, "2.1:0-1 2.5:0-2 4.0:1-2"),
        (ApiKey.ExpireDelegationToken, "2.1:0-1 2.5:0-2 4.0:1-2"),
        (ApiKey.DescribeDelegationToken, "2.1:0-1 2.5:0-2 3.3:0-3 4.0:1-3"),
        (ApiKey.DeleteGroups, "2.1:0-1 2.4:0-2"),
        (ApiKey.ElectLeaders, "2.2:0-0 2.4:0-2"),
        (ApiKey.IncrementalAlterConfigs, "2.3:0-0 2.4:0-1"),
        (ApiKey.AlterPartitionReassignments, "2.4:0-0 4.1:0-1"),
        (ApiKey.ListPartitionReassignments, "2.4:0-0"),
        (ApiKey.OffsetDelete, "2.4:0-0"),
        (ApiKey.DescribeClientQuotas, "2.6:0-0 2.8:0-1"),
        (ApiKey.AlterClientQuotas, "2.6:0-0 2.8:0-1"),
        (ApiKey.DescribeUserScramCredentials, "2.7:0-0"),
        (ApiKey.AlterUserScramCredentials, "2.7:0-0"),
        (ApiKey.DescribeQuorum, "3.3:0-1 3.9:0-2"),
        (ApiKey.UpdateFeatures, "2.7:0-0 3.3:0-1 4.0:0-2"),
        (ApiKey.DescribeCluster, "2.8:0-0 3.7:0-1 4.0:0-2"),
        (ApiKey.DescribeProducers, "2.8:0-0"),
        (ApiKey.UnregisterBroker, "3.3:0-0"),
        (ApiKey.DescribeTransactions, "3.0:0-0"),
        (ApiKey.ListTransactions, "3.0:0-0 3.8:0-1 4.1:0-2"),
        (ApiKey.ConsumerGroupHeartbeat, "3.7:0-0 4.0:0-1"),
        (ApiKey.ConsumerGroupDescribe, "3.8:0-0 4.0:0-1"),
        (ApiKey.ListConfigResources, "3.7:0-0 4.1:0-1"),
        (ApiKey.DescribeTopicPartitions, "3.8:0-0"),
        (ApiKey.ShareGroupHeartbeat, "4.1:1-1"),
        (ApiKey.ShareGroupDescribe, "4.1:1-1"),
        (ApiKey.ShareFetch, "4.1:1-1 4.2:1-2"),
        (ApiKey.ShareAcknowledge, "4.1:1-1 4.2:1-2"),
        (ApiKey.StreamsGroupHeartbeat, "4.2:0-0"),
        (ApiKey.StreamsGroupDescribe, "4.2:0-0"),
        (ApiKey.DescribeShareGroupOffsets, "4.1:0-0 4.2:0-1"),
        (ApiKey.AlterShareGroupOffsets, "4.1:0-0"),
        (ApiKey.DeleteShareGroupOffsets, "4.1:0-0"),
    ];

    /// <summary>What a release tells of a key; null when it does not have it.</summary>
    public static (short Min, short Max)? Find(ApiKey key, Func<int, int, bool> isAtLeast)
    {
        string ranges = Array.Find(Rows, row => row.Key == key).Ranges ?? "";
        (short, short)? found = null;
        foreach (string range in ranges.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            short[] parts = [.. range.Split('.', ':', '-').Select(short.Parse)];
            if (isAtLeast(parts[0], parts[1]))
            {
                found = (parts[2], parts[3]);
            }
        }

        return found;
    }
}
