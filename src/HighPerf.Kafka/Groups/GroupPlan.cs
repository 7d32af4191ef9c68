using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Groups;

/// <summary>What a leader made of its group: who gets what, as it is sent, and how many partitions each topic had then.</summary>
internal sealed record GroupPlan(List<SyncGroupRequest.SyncGroupRequestAssignment> Assignments, List<GroupTopic> Topics);
