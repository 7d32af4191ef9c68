using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Consuming;

/// <summary>Asks one leader for offsets by time, or by place. Stateless.</summary>
internal static class ListedOffsets
{
    /// <summary>One question.</summary>
    /// <param name="Timestamp">Milliseconds since 1970: the first record at or after it. Or -2 for the beginning, -1 for the end.</param>
    public readonly record struct Question(TopicPartition Partition, int LeaderEpoch, long Timestamp);

    /// <summary>Partitions that the answer leaves out are missing from the result.</summary>
    public static async Task<Dictionary<TopicPartition, Found>> AskAsync(
        ClusterClient cluster, int leader, IsolationLevel isolation, List<Question> questions, CancellationToken cancellationToken)
    {
        ListOffsetsRequest request = new() { ReplicaId = -1, IsolationLevel = (sbyte)isolation };
        foreach (Question question in questions)
        {
            ListOffsetsRequest.ListOffsetsTopic? topic = request.Topics.Find(t => t.Name == question.Partition.Topic);
            if (topic is null)
            {
                topic = new ListOffsetsRequest.ListOffsetsTopic { Name = question.Partition.Topic };
                request.Topics.Add(topic);
            }

            topic.Partitions.Add(new ListOffsetsRequest.ListOffsetsPartition
            {
                PartitionIndex = question.Partition.Partition,
                CurrentLeaderEpoch = question.LeaderEpoch,
                Timestamp = question.Timestamp,
            });
        }

        // Version 1 cannot carry the isolation level: a broker that old has no transactions to isolate from.
        short lowest = (short)(isolation == IsolationLevel.ReadCommitted ? 2 : 1);
        ListOffsetsResponse response = await cluster.SendAsync<ListOffsetsRequest, ListOffsetsResponse>(
            leader, request, static answer => answer.ThrottleTimeMs, cancellationToken, lowest: lowest).ConfigureAwait(false);
        Dictionary<TopicPartition, Found> found = [];
        foreach (ListOffsetsResponse.ListOffsetsTopicResponse topic in response.Topics)
        {
            foreach (ListOffsetsResponse.ListOffsetsPartitionResponse partition in topic.Partitions)
            {
                found[new TopicPartition(topic.Name, partition.PartitionIndex)] = new Found((ErrorCode)partition.ErrorCode, partition.Offset);
            }
        }

        return found;
    }
}
