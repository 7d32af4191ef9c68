using System.Text;

namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>As whom offsets are committed. Immutable.</summary>
internal sealed class CommitIdentity
{
    /// <param name="memberId">Empty for a consumer that is no member of the group: its partitions were assigned by the application.</param>
    /// <param name="generation">-1 for a consumer that is no member.</param>
    public CommitIdentity(string memberId, int generation)
    {
        MemberId = memberId;
        MemberIdBytes = Encoding.UTF8.GetBytes(memberId);
        Generation = generation;
    }

    /// <summary>That of a consumer whose partitions were assigned by the application.</summary>
    public static CommitIdentity NoMember { get; } = new("", -1);

    public string MemberId { get; }

    public byte[] MemberIdBytes { get; }

    public int Generation { get; }

    public bool IsMember => Generation >= 0;
}
