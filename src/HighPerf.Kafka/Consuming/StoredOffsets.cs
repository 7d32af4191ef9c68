using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Consuming;

/// <summary>Asks a group's coordinator for committed offsets, in whatever form its version has. Stateless.</summary>
internal static class StoredOffsets
{
    private const short FirstGroupsVersion = 8;

    // Version 10 names topics by id; until the request carries ids for certain, the version before does (G7).
    private const short LastWithNames = 9;

    /// <summary>Over the client's control connections.</summary>
    public static async Task<Dictionary<TopicPartition, Found>> FetchAsync(
        ClusterClient cluster, int coordinator, string group, List<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        try
        {
            OffsetFetchResponse response = await cluster.SendAsync<OffsetFetchRequest, OffsetFetchResponse>(
                coordinator,
                executor => new Question(group, partitions, cluster.Runtime.Options.RequestTimeout, executor),
                cancellationToken).ConfigureAwait(false);
            return Read(response, partitions);
        }
        catch (KafkaConnectionException)
        {
            // The coordinator went away; the next look-up finds where to.
            cluster.Coordinators.Invalidate(CoordinatorType.Group, group, coordinator);
            throw;
        }
    }

    private static Dictionary<TopicPartition, Found> Read(OffsetFetchResponse response, List<TopicPartition> partitions)
    {
        Dictionary<TopicPartition, Found> found = [];
        if (response.Groups.Count > 0)
        {
            ReadGroup(response.Groups[0], partitions, found);
        }
        else
        {
            ReadSingle(response, partitions, found);
        }

        return found;
    }

    private static void ReadGroup(OffsetFetchResponse.OffsetFetchResponseGroup group, List<TopicPartition> asked, Dictionary<TopicPartition, Found> found)
    {
        if (group.ErrorCode != 0)
        {
            RefuseAll((ErrorCode)group.ErrorCode, asked, found);
        }

        foreach (OffsetFetchResponse.OffsetFetchResponseTopics topic in group.Topics)
        {
            foreach (OffsetFetchResponse.OffsetFetchResponsePartitions partition in topic.Partitions)
            {
                found[new TopicPartition(topic.Name, partition.PartitionIndex)] = new Found(
                    (ErrorCode)partition.ErrorCode, partition.CommittedOffset, partition.CommittedLeaderEpoch);
            }
        }
    }

    private static void ReadSingle(OffsetFetchResponse response, List<TopicPartition> asked, Dictionary<TopicPartition, Found> found)
    {
        if (response.ErrorCode != 0)
        {
            RefuseAll((ErrorCode)response.ErrorCode, asked, found);
        }

        foreach (OffsetFetchResponse.OffsetFetchResponseTopic topic in response.Topics)
        {
            foreach (OffsetFetchResponse.OffsetFetchResponsePartition partition in topic.Partitions)
            {
                found[new TopicPartition(topic.Name, partition.PartitionIndex)] = new Found(
                    (ErrorCode)partition.ErrorCode, partition.CommittedOffset, partition.CommittedLeaderEpoch);
            }
        }
    }

    private static void RefuseAll(ErrorCode error, List<TopicPartition> asked, Dictionary<TopicPartition, Found> found)
    {
        foreach (TopicPartition partition in asked)
        {
            found[partition] = new Found(error, -1);
        }
    }

    private sealed class Question : AwaitableRequest<OffsetFetchRequest, OffsetFetchResponse>
    {
        private readonly string _group;
        private readonly List<TopicPartition> _partitions;

        public Question(string group, List<TopicPartition> partitions, TimeSpan timeout, WorkExecutor executor)
            : base(new OffsetFetchRequest(), timeout, static response => response.ThrottleTimeMs, executor, highest: LastWithNames)
        {
            _group = group;
            _partitions = partitions;
        }

        public override void Encode(RequestWriter output, short version)
        {
            bool groups = version >= FirstGroupsVersion;
            Message.GroupId = groups ? "" : _group;
            Message.Topics = groups ? [] : Topics();
            Message.Groups = groups ? [new OffsetFetchRequest.OffsetFetchRequestGroup { GroupId = _group, Topics = GroupTopics() }] : [];
            Message.RequireStable = version >= 7; // G13
            base.Encode(output, version);
        }

        private List<OffsetFetchRequest.OffsetFetchRequestTopic> Topics()
        {
            List<OffsetFetchRequest.OffsetFetchRequestTopic> topics = [];
            foreach (TopicPartition partition in _partitions)
            {
                OffsetFetchRequest.OffsetFetchRequestTopic? topic = topics.Find(t => t.Name == partition.Topic);
                if (topic is null)
                {
                    topics.Add(topic = new OffsetFetchRequest.OffsetFetchRequestTopic { Name = partition.Topic });
                }

                topic.PartitionIndexes.Add(partition.Partition);
            }

            return topics;
        }

        private List<OffsetFetchRequest.OffsetFetchRequestTopics> GroupTopics()
        {
            List<OffsetFetchRequest.OffsetFetchRequestTopics> topics = [];
            foreach (TopicPartition partition in _partitions)
            {
                OffsetFetchRequest.OffsetFetchRequestTopics? topic = topics.Find(t => t.Name == partition.Topic);
                if (topic is null)
                {
                    topics.Add(topic = new OffsetFetchRequest.OffsetFetchRequestTopics { Name = partition.Topic });
                }

                topic.PartitionIndexes.Add(partition.Partition);
            }

            return topics;
        }
    }
}
