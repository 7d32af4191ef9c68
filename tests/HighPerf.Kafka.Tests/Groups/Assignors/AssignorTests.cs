using System.Reflection;
using HighPerf.Kafka.Groups.Assignors;

namespace HighPerf.Kafka.Tests.Groups.Assignors;

public sealed class AssignorTests
{
    [Theory]
    [InlineData("range")]
    [InlineData("roundrobin")]
    public void The_only_right_answer_is_given(string name)
    {
        IPartitionAssignor assignor = Of(name);
        int groups = 0;
        foreach (GoldenGroup group in GoldenGroup.Read(name))
        {
            string[] given = [.. assignor.Assign(group.Members, group.Topics).Select(GoldenGroup.Describe)];
            Assert.True(group.Expected().SequenceEqual(given), $"{group.Name}:\n{string.Join('\n', group.Expected())}\nis not\n{string.Join('\n', given)}");
            groups++;
        }

        Assert.Equal(300, groups);
    }

    [Fact]
    public void Sticky_is_as_balanced_as_the_table_and_moves_no_more()
    {
        List<string> other = [];
        foreach (GoldenGroup group in GoldenGroup.Read("sticky"))
        {
            IReadOnlyList<IReadOnlyList<TopicPartition>> given = PartitionAssignors.Sticky.Assign(group.Members, group.Topics);
            Judge(group, given, StickyClaims, other);
        }

        Assert.True(other.Count <= 2, $"{other.Count}:\n{string.Join('\n', other)}");
    }

    [Fact]
    public void Cooperative_sticky_withholds_what_must_be_revoked_and_settles_as_the_table_does()
    {
        List<string> other = [];
        foreach (GoldenGroup group in GoldenGroup.Read("cooperative-sticky"))
        {
            IReadOnlyList<IReadOnlyList<TopicPartition>> given = PartitionAssignors.CooperativeSticky.Assign(group.Members, group.Topics);
            CheckNoTwoOwners(group, given);
            List<GroupMember> members = group.Members;
            for (int round = 0; round < 3; round++)
            {
                members = [.. members.Select((member, i) => member with { OwnedPartitions = given[i], Generation = 1000 + round, UserData = null })];
                given = PartitionAssignors.CooperativeSticky.Assign(members, group.Topics);
            }

            Judge(group, given, CooperativeClaims, other);
        }

        Assert.True(other.Count <= 6, $"{other.Count}:\n{string.Join('\n', other)}");
    }

    [Theory]
    [InlineData("range")]
    [InlineData("roundrobin")]
    [InlineData("sticky")]
    [InlineData("cooperative-sticky")]
    public void S2_assignors_have_no_state(string name)
    {
        const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        for (Type? type = Of(name).GetType(); type is not null && type != typeof(object); type = type.BaseType)
        {
            Assert.DoesNotContain(type.GetFields(All), static field => !field.IsLiteral);
        }

        // What lives for one assignment is reachable from nowhere else.
        foreach (Type type in typeof(RangeAssignor).Assembly.GetTypes().Where(static t => t.Namespace == typeof(RangeAssignor).Namespace))
        {
            bool isGenerated = type.Name.Contains('<');
            Assert.True(isGenerated || !type.GetFields(All).Any(static field => field.IsStatic && !field.IsLiteral), $"{type} has static fields");
        }
    }

    private static IPartitionAssignor Of(string name) => name switch
    {
        "range" => PartitionAssignors.Range,
        "roundrobin" => PartitionAssignors.RoundRobin,
        "sticky" => PartitionAssignors.Sticky,
        _ => PartitionAssignors.CooperativeSticky,
    };

    private static (IReadOnlyList<TopicPartition>, int) StickyClaims(GroupMember member)
    {
        (List<TopicPartition> partitions, int generation) = StickyUserData.Read(member.UserData);
        return (partitions, generation);
    }

    private static (IReadOnlyList<TopicPartition>, int) CooperativeClaims(GroupMember member) => (member.OwnedPartitions, member.Generation);

    private static void Judge(
        GoldenGroup group,
        IReadOnlyList<IReadOnlyList<TopicPartition>> given,
        Func<GroupMember, (IReadOnlyList<TopicPartition>, int)> claims,
        List<string> other)
    {
        GroupScore score = new(group.Members, group.Topics, given);
        Assert.Equal((group.Score("partitions"), score.Wanted), (score.Assigned, score.Assigned));
        int imbalance = score.PairwiseImbalance - group.Score("pairwiseImbalance");
        int moved = score.Moved(claims) - group.Score("moved");
        if (imbalance > 0 || moved > 0)
        {
            other.Add($"{group.Name}: imbalance {imbalance:+0;-0}, moved {moved:+0;-0}");
        }

        // Where members subscribe to different topics, balance costs moves. Never more of the one without less of the other.
        Assert.True(score.ImprovablePartitions <= group.Score("improvablePartitions"), $"{group.Name}: improvable {score.ImprovablePartitions}");
        Assert.True((imbalance <= 0 && moved <= 0) || imbalance < 0 || moved < 0, string.Join('\n', other));
    }

    // What one member says it owns goes to nobody else in this round.
    private static void CheckNoTwoOwners(GoldenGroup group, IReadOnlyList<IReadOnlyList<TopicPartition>> given)
    {
        Dictionary<TopicPartition, int> highest = [];
        foreach (GroupMember member in group.Members)
        {
            foreach (TopicPartition partition in member.OwnedPartitions)
            {
                highest[partition] = Math.Max(highest.GetValueOrDefault(partition, -1), member.Generation);
            }
        }

        for (int i = 0; i < given.Count; i++)
        {
            for (int j = 0; j < given.Count; j++)
            {
                if (i != j)
                {
                    Assert.DoesNotContain(
                        group.Members[j].OwnedPartitions,
                        partition => highest[partition] == group.Members[j].Generation && given[i].Contains(partition));
                }
            }
        }
    }
}
