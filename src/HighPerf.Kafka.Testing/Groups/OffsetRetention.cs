using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Groups;

/// <summary>
/// Looks now and then for committed offsets that nobody needs any more, and for empty groups that have none. Armed while there are groups. Owner: the
/// cluster's loop.
/// </summary>
internal sealed class OffsetRetention : LoopTimer
{
    private const long MillisecondsPerMinute = 60_000;

    private readonly EmbeddedCluster _cluster;

    public OffsetRetention(EmbeddedCluster cluster) => _cluster = cluster;

    /// <summary>There is a group.</summary>
    public void Start()
    {
        if (!IsArmed)
        {
            _cluster.Loop.Arm(this, _cluster.Loop.Now + TimeSpan.FromMilliseconds(_cluster.Configs.GetNumber("offsets.retention.check.interval.ms")));
        }
    }

    protected internal override void OnDue()
    {
        foreach (Group group in _cluster.Groups.All.ToArray())
        {
            EmbeddedBroker? coordinator = _cluster.Coordinators.Find(CoordinatorKind.Group, group.Id);
            if (coordinator is not null && _cluster.Coordinators.Check(CoordinatorKind.Group, group.Id, coordinator.NodeId) == ErrorCode.None)
            {
                Clean(group);
            }
        }

        if (_cluster.Groups.All.Count > 0)
        {
            Start();
        }
    }

    private void Clean(Group group)
    {
        foreach (CommittedOffset committed in group.Offsets.All.FindAll(committed => IsExpired(group, committed)))
        {
            group.Offsets.Remove(committed.Topic, committed.Partition);
        }

        if (group.IsEmpty && group.Offsets.IsEmpty)
        {
            _cluster.Log.Write($"group {group.Id}: empty and without offsets, removed");
            _cluster.Groups.Remove(group);
        }
    }

    private bool IsExpired(Group group, CommittedOffset committed)
    {
        // Offsets go with their topic, so that it is there.
        if (group.IsSubscribedTo(_cluster.Topics.Find(committed.Topic)!.Name)
            || group.Offsets.HasPending(committed.Topic, committed.Partition)
            || group.ExpiresFrom(committed) is not { } from)
        {
            return false;
        }

        long retentionMs = _cluster.Configs.GetNumber("offsets.retention.minutes") * MillisecondsPerMinute;
        return _cluster.NowMs >= (committed.ExpireTimeMs ?? from + retentionMs);
    }
}
