using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Groups;

/// <summary>
/// A deadline of a group or of a member. While the group has no coordinator, or one that still loads, nobody looks at the clock: a deadline that ends then
/// starts again. Owner: the cluster's loop.
/// </summary>
internal sealed class GroupDeadline : LoopTimer
{
    private readonly EmbeddedCluster _cluster;
    private readonly string _groupId;
    private readonly Action _due;
    private TimeSpan _time;

    public GroupDeadline(EmbeddedCluster cluster, string groupId, Action due)
    {
        _cluster = cluster;
        _groupId = groupId;
        _due = due;
    }

    /// <summary>Starts, or starts again.</summary>
    public void Start(long milliseconds)
    {
        _time = TimeSpan.FromMilliseconds(milliseconds);
        _cluster.Loop.Arm(this, _cluster.Loop.Now + _time);
    }

    public void Stop() => _cluster.Loop.Disarm(this);

    protected internal override void OnDue()
    {
        EmbeddedBroker? coordinator = _cluster.Coordinators.Find(CoordinatorKind.Group, _groupId);
        if (coordinator is null || _cluster.Coordinators.Check(CoordinatorKind.Group, _groupId, coordinator.NodeId) != ErrorCode.None)
        {
            _cluster.Loop.Arm(this, _cluster.Loop.Now + _time);
            return;
        }

        _due();
    }
}
