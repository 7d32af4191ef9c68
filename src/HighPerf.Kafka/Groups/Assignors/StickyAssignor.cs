namespace HighPerf.Kafka.Groups.Assignors;

/// <summary>
/// As balanced as can be, then with few moves; what members had comes in their user data, because they give it up before they join. Stateless.
/// </summary>
internal sealed class StickyAssignor : IPartitionAssignor
{
    public string Name => "sticky";

    public bool IsCooperative => false;

    public byte[]? GetUserData(IReadOnlyList<string> topics, IReadOnlyList<TopicPartition> assigned, int generation) =>
        assigned.Count == 0 ? null : StickyUserData.Write(assigned, generation);

    public IReadOnlyList<IReadOnlyList<TopicPartition>> Assign(IReadOnlyList<GroupMember> members, IReadOnlyList<GroupTopic> topics)
    {
        StickyClaim[] claims = new StickyClaim[members.Count];
        for (int i = 0; i < claims.Length; i++)
        {
            (List<TopicPartition> partitions, int generation) = StickyUserData.Read(members[i].UserData);
            claims[i] = new StickyClaim(partitions, generation);
        }

        StickyProblem problem = new(members, topics, claims);
        new StickyBalancer(problem).Balance();
        return problem.Result();
    }
}
