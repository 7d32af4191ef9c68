using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Metadata;

/// <summary>
/// Makes the next view of the cluster from the last one and an answer. Pure.
/// <para>
/// An answer about some topics leaves the others as they are. A partition told with an older leader epoch than known, of the same topic id, is an answer
/// of a broker that lags behind and is ignored (F9); so is a partition, or a topic, that is missing for a moment (P8): what was known stays, the error is
/// noted.
/// Another topic id is another topic: nothing of the old one stays (F11).
/// </para>
/// </summary>
internal static class MetadataMerger
{
    // A partition number is an array index here; brokers number without gaps, so a number far above the count of partitions is no number (W3).
    private const int ToleratedGap = 1024;

    public static ClusterMetadata Merge(ClusterMetadata known, MetadataResponse answer)
    {
        BrokerEndpoint[] brokers = [.. answer.Brokers.Where(IsPlausible).Select(ToEndpoint).DistinctBy(b => b.Id).OrderBy(b => b.Id)];
        List<TopicMetadata> topics = [.. known.Topics];
        Dictionary<string, int> places = new(topics.Count, StringComparer.Ordinal);
        for (int i = 0; i < topics.Count; i++)
        {
            places.Add(topics[i].Name, i);
        }

        foreach (MetadataResponse.MetadataResponseTopic told in answer.Topics)
        {
            if (told.Name is null)
            {
                continue;
            }

            if (places.TryGetValue(told.Name, out int place))
            {
                topics[place] = MergeTopic(topics[place], told, told.Name);
            }
            else
            {
                places.Add(told.Name, topics.Count);
                topics.Add(MergeTopic(null, told, told.Name));
            }
        }

        topics.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return new ClusterMetadata(known.Generation + 1, answer.ClusterId ?? known.ClusterId, answer.ControllerId, brokers, [.. topics]);
    }

    /// <summary>A view without the topics that nobody asks about any more.</summary>
    public static ClusterMetadata Without(ClusterMetadata known, Func<string, bool> isForgotten) => new(
        known.Generation + 1, known.ClusterId, known.ControllerId, known.Brokers, [.. known.Topics.Where(topic => !isForgotten(topic.Name))]);

    /// <summary>
    /// A view with leaders that brokers named when they were asked in vain (KIP-951). A hint counts when its epoch is newer than what is known, and the
    /// leader's address is known or told with it. Null: none of them does.
    /// </summary>
    public static ClusterMetadata? WithLeaders(ClusterMetadata known, IReadOnlyList<LeaderHint> hints, IReadOnlyList<BrokerEndpoint> told)
    {
        SortedDictionary<int, BrokerEndpoint> brokers = [];
        foreach (BrokerEndpoint broker in known.Brokers.Concat(told.Where(IsPlausible)))
        {
            brokers[broker.Id] = broker;
        }

        SortedDictionary<string, TopicMetadata> changed = new(StringComparer.Ordinal);
        foreach (LeaderHint hint in hints)
        {
            if (!changed.TryGetValue(hint.Topic, out TopicMetadata? topic) && !known.TryGetTopic(hint.Topic, out topic))
            {
                continue;
            }

            if ((uint)hint.Partition < (uint)topic.Partitions.Length && brokers.ContainsKey(hint.Leader)
                && hint.LeaderEpoch > topic.Partitions[hint.Partition].LeaderEpoch)
            {
                changed[hint.Topic] = WithLeader(topic, hint);
            }
        }

        return changed.Count == 0 ? null : new ClusterMetadata(
            known.Generation + 1, known.ClusterId, known.ControllerId, [.. brokers.Values],
            [.. known.Topics.Select(topic => changed.GetValueOrDefault(topic.Name, topic))]);
    }

    private static TopicMetadata WithLeader(TopicMetadata topic, LeaderHint hint)
    {
        PartitionMetadata[] partitions = [.. topic.Partitions];
        PartitionMetadata before = partitions[hint.Partition];
        partitions[hint.Partition] = new PartitionMetadata(
            hint.Partition, hint.Leader, hint.LeaderEpoch, ErrorCode.None, before.Replicas, before.InSync, before.Offline);
        return new TopicMetadata(topic.Name, topic.Id, topic.Error, topic.IsInternal, partitions);
    }

    private static TopicMetadata MergeTopic(TopicMetadata? old, MetadataResponse.MetadataResponseTopic told, string name)
    {
        ErrorCode error = (ErrorCode)told.ErrorCode;
        if (error != ErrorCode.None)
        {
            return new TopicMetadata(name, old?.Id ?? told.TopicId, error, old?.IsInternal ?? told.IsInternal, old?.Partitions ?? []);
        }

        bool isSame = old is not null && (old.Id == told.TopicId || old.Id == Guid.Empty || told.TopicId == Guid.Empty);
        PartitionMetadata[] before = isSame ? old!.Partitions : [];
        Guid id = told.TopicId != Guid.Empty || !isSame ? told.TopicId : old!.Id;
        return new TopicMetadata(name, id, ErrorCode.None, told.IsInternal, MergePartitions(before, told.Partitions));
    }

    private static PartitionMetadata[] MergePartitions(PartitionMetadata[] before, List<MetadataResponse.MetadataResponsePartition> told)
    {
        int limit = checked((2 * told.Count) + ToleratedGap);
        int count = before.Length;
        foreach (MetadataResponse.MetadataResponsePartition partition in told)
        {
            if (partition.PartitionIndex >= 0 && partition.PartitionIndex < limit)
            {
                count = Math.Max(count, partition.PartitionIndex + 1);
            }
        }

        PartitionMetadata[] merged = new PartitionMetadata[count];
        before.CopyTo(merged, 0);
        foreach (MetadataResponse.MetadataResponsePartition partition in told)
        {
            if (partition.PartitionIndex >= 0 && partition.PartitionIndex < count)
            {
                ref PartitionMetadata slot = ref merged[partition.PartitionIndex];
                slot = IsOlder(partition, slot) ? slot : ToPartition(partition);
            }
        }

        for (int i = 0; i < count; i++)
        {
            merged[i] ??= new PartitionMetadata(
                i, PartitionMetadata.NoLeader, PartitionMetadata.UnknownEpoch, ErrorCode.LeaderNotAvailable, [], [], []);
        }

        return merged;
    }

    private static bool IsOlder(MetadataResponse.MetadataResponsePartition told, PartitionMetadata? known) =>
        known is not null && told.LeaderEpoch != PartitionMetadata.UnknownEpoch && told.LeaderEpoch < known.LeaderEpoch;

    private static PartitionMetadata ToPartition(MetadataResponse.MetadataResponsePartition told) => new(
        told.PartitionIndex, told.LeaderId, told.LeaderEpoch, (ErrorCode)told.ErrorCode,
        [.. told.ReplicaNodes], [.. told.IsrNodes], [.. told.OfflineReplicas]);

    private static bool IsPlausible(BrokerEndpoint broker) => broker.Id >= 0 && broker.Host.Length > 0 && broker.Port is > 0 and <= 65535;

    private static bool IsPlausible(MetadataResponse.MetadataResponseBroker broker) =>
        broker.NodeId >= 0 && broker.Host.Length > 0 && broker.Port is > 0 and <= 65535;

    private static BrokerEndpoint ToEndpoint(MetadataResponse.MetadataResponseBroker broker) =>
        new(broker.NodeId, broker.Host, broker.Port, broker.Rack);
}
