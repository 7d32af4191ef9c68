using System.Text.Json;
using HighPerf.Kafka.Cli.Output;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>Groups as JSON lines.</summary>
internal static class GroupsJson
{
    public static void Write(GroupDescription group) => JsonLine.Write(json =>
    {
        json.WriteString("group", group.GroupId);
        json.WriteString("type", group.Type.ToString().ToLowerInvariant());
        json.WriteString("state", group.State.ToString());
        json.WriteString("protocolType", group.ProtocolType);
        json.WriteString("assignor", group.Assignor);
        json.WriteNumber("coordinator", group.Coordinator);
        json.WriteNumber("epoch", group.Epoch);
        json.WriteStartArray("members");
        foreach (GroupMemberDescription member in group.Members)
        {
            json.WriteStartObject();
            json.WriteString("memberId", member.MemberId);
            json.WriteString("groupInstanceId", member.GroupInstanceId);
            json.WriteString("clientId", member.ClientId);
            json.WriteString("host", member.Host);
            json.WriteString("rack", member.Rack);
            json.WriteNumber("epoch", member.Epoch);
            json.WriteStartArray("subscribedTopics");
            member.SubscribedTopics.ToList().ForEach(json.WriteStringValue);
            json.WriteEndArray();
            WritePartitions(json, "assignment", member.Assignment);
            WritePartitions(json, "targetAssignment", member.TargetAssignment);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    public static void Write(GroupOffset offset, GroupMemberDescription? reader) => JsonLine.Write(json =>
    {
        json.WriteString("topic", offset.TopicPartition.Topic);
        json.WriteNumber("partition", offset.TopicPartition.Partition);
        WriteNumber(json, "committed", offset.Committed);
        json.WriteNumber("leaderEpoch", offset.LeaderEpoch);
        json.WriteString("metadata", offset.Metadata);
        WriteNumber(json, "end", offset.End);
        WriteNumber(json, "lag", offset.Lag);
        json.WriteString("memberId", reader?.MemberId);
        json.WriteString("clientId", reader?.ClientId);
        json.WriteString("host", reader?.Host);
    });

    public static void WriteNumber(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WritePartitions(Utf8JsonWriter json, string name, IReadOnlyList<TopicPartition>? partitions)
    {
        if (partitions is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartArray(name);
        foreach (TopicPartition partition in partitions)
        {
            json.WriteStartObject();
            json.WriteString("topic", partition.Topic);
            json.WriteNumber("partition", partition.Partition);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
