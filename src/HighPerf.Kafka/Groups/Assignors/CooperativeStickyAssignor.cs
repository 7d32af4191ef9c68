namespace HighPerf.Kafka.Groups.Assignors;

/// <summary>
/// As <see cref="StickyAssignor"/>, for members that keep what they own: a partition that goes from one to another is left out until its owner has given it up
/// and joined again (KIP-429). Of two that claim a partition the higher generation has it (G10). Stateless.
/// </summary>
internal sealed class CooperativeStickyAssignor : IPartitionAssignor
{
    public string Name => "cooperative-sticky";

    public bool IsCooperative => true;

    public byte[]? GetUserData(IReadOnlyList<string> topics, IReadOnlyList<TopicPartition> assigned, int generation) =>
        StickyUserData.WriteGeneration(generation);

    public IReadOnlyList<IReadOnlyList<TopicPartition>> Assign(IReadOnlyList<GroupMember> members, IReadOnlyList<GroupTopic> topics)
    {
        StickyClaim[] claims = new StickyClaim[members.Count];
        for (int i = 0; i < claims.Length; i++)
        {
            // Members of before KIP-792 tell their generation in the user data only.
            int generation = members[i].Generation >= 0 ? members[i].Generation : StickyUserData.ReadGeneration(members[i].UserData);
            claims[i] = new StickyClaim(members[i].OwnedPartitions, generation);
        }

        StickyProblem problem = new(members, topics, claims);
        new StickyBalancer(problem).Balance();
        problem.Withhold(claims);
        return problem.Result();
    }
}
