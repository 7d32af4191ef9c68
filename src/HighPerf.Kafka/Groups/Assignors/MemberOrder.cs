namespace HighPerf.Kafka.Groups.Assignors;

/// <summary>The order in which range and round-robin serve members: static ones by their names, then the others by their ids. Stateless.</summary>
internal static class MemberOrder
{
    public static int Compare(GroupMember left, GroupMember right)
    {
        if (left.GroupInstanceId is not null && right.GroupInstanceId is not null)
        {
            return string.CompareOrdinal(left.GroupInstanceId, right.GroupInstanceId);
        }

        if (left.GroupInstanceId is null && right.GroupInstanceId is null)
        {
            return string.CompareOrdinal(left.MemberId, right.MemberId);
        }

        return left.GroupInstanceId is not null ? -1 : 1;
    }

    /// <summary>The members' places, in this order.</summary>
    public static int[] Sort(IReadOnlyList<GroupMember> members)
    {
        int[] order = new int[members.Count];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        Array.Sort(order, (left, right) =>
        {
            int byName = Compare(members[left], members[right]);
            return byName != 0 ? byName : left.CompareTo(right);
        });
        return order;
    }
}
