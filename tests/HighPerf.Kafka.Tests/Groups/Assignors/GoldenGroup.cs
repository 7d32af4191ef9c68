using System.Text.Json;
using HighPerf.Kafka.Groups;
using HighPerf.Kafka.Protocol.Tests.Buffers;

namespace HighPerf.Kafka.Tests.Groups.Assignors;

/// <summary>One group of the tables in tests/vectors/assignors.</summary>
internal sealed class GoldenGroup
{
    private readonly JsonElement _line;

    private GoldenGroup(JsonElement line)
    {
        _line = line;
        Members =
        [
            .. line.GetProperty("members").EnumerateArray().Select(ReadMember).OrderBy(static member => member.MemberId, StringComparer.Ordinal),
        ];
        Topics = [.. line.GetProperty("topics").EnumerateObject().Select(ReadTopic).OrderBy(static topic => topic.Name, StringComparer.Ordinal)];
    }

    public static IEnumerable<GoldenGroup> Read(string assignor) => Vectors.Read($"assignors/{assignor}.jsonl.gz").Select(static line => new GoldenGroup(line));

    public List<GroupMember> Members { get; }

    public List<GroupTopic> Topics { get; }

    public string Name => $"seed {_line.GetProperty("seed").GetInt64()}, {_line.GetProperty("kind").GetString()}";

    public int Score(string name) => _line.GetProperty("score").GetProperty(name).GetInt32();

    /// <summary>What each member gets by the table, in the order of <see cref="Members"/>, as text.</summary>
    public string[] Expected(string property = "assignment") => [.. Members.Select(member => Describe(
        _line.GetProperty(property).GetProperty(member.MemberId).EnumerateObject()
            .SelectMany(static topic => topic.Value.EnumerateArray().Select(p => new TopicPartition(topic.Name, p.GetInt32())))))];

    public static string Describe(IEnumerable<TopicPartition> partitions) => string.Join(' ', partitions.Order());

    private static GroupMember ReadMember(JsonElement member) => ConsumerMetadata.ReadMember(
        member.GetProperty("memberId").GetString()!,
        member.GetProperty("groupInstanceId").GetString(),
        Vectors.Hex(member.GetProperty("subscription")));

    private static GroupTopic ReadTopic(JsonProperty topic)
    {
        if (topic.Value.ValueKind == JsonValueKind.Number)
        {
            return new GroupTopic(topic.Name, topic.Value.GetInt32());
        }

        List<IReadOnlyList<string>> racks = [];
        foreach (JsonElement partition in topic.Value.EnumerateArray())
        {
            racks.Add([.. partition.EnumerateArray().Where(static rack => rack.ValueKind != JsonValueKind.Null).Select(static rack => rack.GetString()!)]);
        }

        return new GroupTopic(topic.Name, racks.Count) { ReplicaRacks = racks };
    }
}
