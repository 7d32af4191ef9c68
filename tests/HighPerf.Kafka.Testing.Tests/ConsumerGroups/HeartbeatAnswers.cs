using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.ConsumerGroups;

namespace HighPerf.Kafka.Testing.Tests.ConsumerGroups;

/// <summary>What tests look at in an answer.</summary>
internal static class HeartbeatAnswers
{
    public static ErrorCode Error(this ConsumerGroupHeartbeatResponse response) => (ErrorCode)response.ErrorCode;

    /// <summary>The assignment in the answer; null: there is none.</summary>
    public static List<TopicIdPartition>? Told(this ConsumerGroupHeartbeatResponse response)
    {
        Assert.Equal(ErrorCode.None, response.Error());
        return response.Assignment?.TopicPartitions
            .SelectMany(topic => topic.Partitions.Select(index => new TopicIdPartition(topic.TopicId, index))).ToList();
    }

    /// <summary>The partitions of the answer's only topic; null: there is no assignment.</summary>
    public static string? Parts(this ConsumerGroupHeartbeatResponse response) =>
        response.Told() is { } told ? string.Join(',', told.Select(partition => partition.Partition)) : null;

    public static (int Epoch, string? Parts) Step(this ConsumerGroupHeartbeatResponse response) => (response.MemberEpoch, response.Parts());

    public static IEnumerable<TopicIdPartition> Of(this Guid topic, params int[] partitions) =>
        partitions.Select(partition => new TopicIdPartition(topic, partition));
}
