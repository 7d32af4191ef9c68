using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Groups.Classic;

namespace HighPerf.Kafka.Testing.Groups;

/// <summary>All groups of the cluster, in the order in which they came to be. Owner: the cluster's loop.</summary>
internal sealed class GroupRegistry : ICoordinatorListener
{
    private readonly EmbeddedCluster _cluster;
    private readonly RandomSource _random;
    private readonly OffsetRetention _retention;
    private readonly Dictionary<string, Group> _byId = new(StringComparer.Ordinal);

    public GroupRegistry(EmbeddedCluster cluster, RandomSource random)
    {
        _cluster = cluster;
        _random = random;
        _retention = new OffsetRetention(cluster);
    }

    /// <summary>In the order of creation, which does not depend on hashing.</summary>
    public List<Group> All { get; } = [];

    /// <summary>Hears of every offset that is committed: topic, partition, offset and leader epoch. For tests.</summary>
    public Action<string, int, long, int>? OnCommitted { get; set; }

    public Group? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>The group, or a new one without members: what a commit without membership makes.</summary>
    public Group FindOrCreate(string id)
    {
        if (_byId.TryGetValue(id, out Group? group))
        {
            return group;
        }

        group = new ClassicGroup(_cluster, id, new GroupOffsets());
        Add(group);
        return group;
    }

    /// <summary>The classic group, or a new one in place of none or of an empty one of the other kind, whose offsets it keeps.</summary>
    public ClassicGroup FindOrCreateClassic(string id)
    {
        Group found = FindOrCreate(id);
        if (found is ClassicGroup classic)
        {
            return classic;
        }

        classic = new ClassicGroup(_cluster, id, found.Offsets);
        Replace(found, classic);
        return classic;
    }

    /// <summary>An id for a member: a name that people recognise, and a random UUID.</summary>
    public string NewMemberId(string name)
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return $"{name}-{new Guid(bytes, bigEndian: true)}";
    }

    public void Add(Group group)
    {
        _byId.Add(group.Id, group);
        All.Add(group);
        _retention.Start();
    }

    /// <summary>An empty group takes the other protocol: the new one stands in the old one's place, with its offsets.</summary>
    public void Replace(Group old, Group by)
    {
        old.Retire();
        _byId[old.Id] = by;
        All[All.IndexOf(old)] = by;
    }

    public void Remove(Group group)
    {
        group.Retire();
        _byId.Remove(group.Id);
        All.Remove(group);
    }

    /// <summary>The topic is gone, and with it what was committed for it.</summary>
    public void Forget(Guid topic)
    {
        foreach (Group group in All)
        {
            group.Offsets.Forget(topic);
        }
    }

    void ICoordinatorListener.OnCoordinatorMoved(CoordinatorKind kind, int slot)
    {
        if (kind != CoordinatorKind.Group)
        {
            return;
        }

        foreach (Group group in All)
        {
            if (CoordinatorTable.SlotOf(group.Id) == slot)
            {
                group.OnCoordinatorMoved();
            }
        }
    }
}
