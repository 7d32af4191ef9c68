namespace HighPerf.Kafka.Testing.Groups.Classic;

/// <summary>The members of a group by id, by instance id, and in the order in which they came. Owner: the cluster's loop.</summary>
internal sealed class ClassicMembers
{
    private readonly Dictionary<string, ClassicMember> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ClassicMember> _byInstanceId = new(StringComparer.Ordinal);
    private readonly List<ClassicMember> _all = [];

    public IReadOnlyList<ClassicMember> All => _all;

    public int Count => _all.Count;

    /// <summary>How many have a JoinGroup waiting.</summary>
    public int Joined => _all.Count(member => member.Join is not null);

    /// <summary>The longest of the members'.</summary>
    public int RebalanceTimeoutMs => _all.Count == 0 ? 0 : _all.Max(member => member.RebalanceTimeoutMs);

    public ClassicMember? Find(string id) => _byId.GetValueOrDefault(id);

    public ClassicMember? FindStatic(string instanceId) => _byInstanceId.GetValueOrDefault(instanceId);

    public void Add(ClassicMember member)
    {
        _byId.Add(member.Id, member);
        if (member.InstanceId is not null)
        {
            _byInstanceId.Add(member.InstanceId, member);
        }

        _all.Add(member);
    }

    public void Remove(ClassicMember member)
    {
        _byId.Remove(member.Id);
        if (member.InstanceId is not null)
        {
            _byInstanceId.Remove(member.InstanceId);
        }

        _all.Remove(member);
    }

    public void Rename(ClassicMember member, string id)
    {
        _byId.Remove(member.Id);
        member.Id = id;
        _byId.Add(id, member);
    }

    public void Clear()
    {
        _byId.Clear();
        _byInstanceId.Clear();
        _all.Clear();
    }

    /// <summary>Whether all members speak one of the protocols.</summary>
    public bool AllSpeakOneOf(IEnumerable<string> protocols) => protocols.Any(AllSpeak);

    /// <summary>
    /// Each member votes for the first of its protocols that all speak; the one with the most votes wins, and of several the one that was voted for first.
    /// </summary>
    public string SelectProtocol()
    {
        List<string> votes = _all.ConvertAll(member => member.Protocols.Find(protocol => AllSpeak(protocol.Name))!.Name);
        return votes.MaxBy(protocol => votes.Count(vote => vote == protocol))!;
    }

    private bool AllSpeak(string protocol) => _all.TrueForAll(member => member.Speaks(protocol));
}
