using System.Text.Json;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Tests.Buffers;

namespace HighPerf.Kafka.Protocol.Tests.Messages;

public sealed class GroupMetadataTests
{
    [Fact]
    public void Subscriptions_and_assignments_are_read_as_other_members_read_them()
    {
        int read = 0;
        foreach (JsonElement line in Vectors.Read("answers/consumer-protocol.jsonl.gz"))
        {
            byte[] bytes = Vectors.Hex(line.GetProperty("hex"));
            bool isSubscription = line.GetProperty("type").GetString() == "subscription";
            if (line.TryGetProperty("error", out _))
            {
                Assert.Throws<KafkaProtocolException>(
                    () => isSubscription ? (object)GroupMetadata.ReadSubscription(bytes) : GroupMetadata.ReadAssignment(bytes));
            }
            else if (isSubscription)
            {
                CheckSubscription(line, GroupMetadata.ReadSubscription(bytes));
            }
            else
            {
                CheckAssignment(line, GroupMetadata.ReadAssignment(bytes));
            }

            read++;
        }

        Assert.Equal(120, read);
    }

    [Fact]
    public void An_assignment_without_a_byte_is_empty() => Assert.Empty(GroupMetadata.ReadAssignment([]).AssignedPartitions);

    [Fact]
    public void What_is_written_is_read_in_every_version()
    {
        for (short version = 0; version <= 3; version++)
        {
            ConsumerProtocolSubscription written = new() { Topics = ["a", "b"], UserData = [1, 2], GenerationId = version >= 2 ? 7 : -1 };
            ConsumerProtocolSubscription read = GroupMetadata.ReadSubscription(GroupMetadata.Write(written, version));
            Assert.Equal(written.Topics, read.Topics);
            Assert.Equal(written.UserData, read.UserData);
            Assert.Equal(written.GenerationId, read.GenerationId);
        }
    }

    private static void CheckSubscription(JsonElement line, ConsumerProtocolSubscription read)
    {
        Assert.Equal(line.GetProperty("topics").EnumerateArray().Select(static topic => topic.GetString()), read.Topics);
        JsonElement generation = line.GetProperty("generationId");
        Assert.Equal(generation.ValueKind == JsonValueKind.Null ? -1 : generation.GetInt32(), read.GenerationId);
        Assert.Equal(line.GetProperty("rackId").GetString() ?? "", read.RackId ?? "");
        Assert.Equal(UserData(line), read.UserData);
        Assert.Equal(Partitions(line), read.OwnedPartitions.SelectMany(static t => t.Partitions.Select(p => (t.Topic, p))));
    }

    private static void CheckAssignment(JsonElement line, ConsumerProtocolAssignment read)
    {
        Assert.Equal(UserData(line), read.UserData);
        Assert.Equal(Partitions(line), read.AssignedPartitions.SelectMany(static t => t.Partitions.Select(p => (t.Topic, p))));
    }

    private static byte[]? UserData(JsonElement line) =>
        line.GetProperty("userData").ValueKind == JsonValueKind.Null ? null : Vectors.Hex(line.GetProperty("userData"));

    private static IEnumerable<(string, int)> Partitions(JsonElement line) => line.GetProperty("partitions").EnumerateArray()
        .Select(static p => (p.GetProperty("topic").GetString()!, p.GetProperty("partition").GetInt32()));
}
