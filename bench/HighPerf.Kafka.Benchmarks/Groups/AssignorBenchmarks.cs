using BenchmarkDotNet.Attributes;

namespace HighPerf.Kafka.Benchmarks.Groups;

/// <summary>
/// What a group's leader spends on one assignment: 200 members, 2,000 partitions of 20 topics. Fresh: nobody has anything. Joined: everything is in balance
/// and ten members come new. Skewed: ten members have everything, the worst case of the sticky ones. Mixed: every third member subscribes to half of the
/// topics.
/// </summary>
public class AssignorBenchmarks
{
    private const int Members = 200;
    private const int Topics = 20;
    private const int Partitions = 100;

    private IPartitionAssignor _assignor = null!;
    private List<GroupTopic> _topics = null!;
    private List<GroupMember> _members = null!;

    [Params("range", "roundrobin", "sticky", "cooperative-sticky")]
    public string Assignor { get; set; } = "";

    [Params("fresh", "joined", "skewed", "mixed")]
    public string Group { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        _assignor = Assignor switch
        {
            "range" => PartitionAssignors.Range,
            "roundrobin" => PartitionAssignors.RoundRobin,
            "sticky" => PartitionAssignors.Sticky,
            _ => PartitionAssignors.CooperativeSticky,
        };
        _topics = [.. Enumerable.Range(0, Topics).Select(static i => new GroupTopic($"topic-{i:00}", Partitions))];
        int owners = Group switch
        {
            "fresh" => 0,
            "skewed" => 10,
            _ => Members - 10,
        };
        _members = [.. Enumerable.Range(0, Members).Select(i => MakeMember(i, owners))];
    }

    [Benchmark]
    public IReadOnlyList<IReadOnlyList<TopicPartition>> Assign() => _assignor.Assign(_members, _topics);

    private GroupMember MakeMember(int number, int owners)
    {
        List<TopicPartition> owned = [];
        for (int i = 0; i < Topics * Partitions && owners > 0; i++)
        {
            if (i % owners == number)
            {
                owned.Add(new TopicPartition(_topics[i / Partitions].Name, i % Partitions));
            }
        }

        string[] topics = [.. _topics.Where((_, t) => Group != "mixed" || number % 3 != 0 || t % 2 == 0).Select(static topic => topic.Name)];
        byte[]? userData = owned.Count == 0 ? null : PartitionAssignors.Sticky.GetUserData(topics, owned, 7);
        return new GroupMember($"member-{number:000}", topics) { OwnedPartitions = owned, Generation = 7, UserData = userData };
    }
}
