namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>
/// Moving a partition to other brokers. New replicas catch up as any follower does; once they are in sync, those that are not wanted any more are let go. With
/// no delay and no stopped broker that is at once.
/// </summary>
internal sealed partial class Partition
{
    /// <summary>New replicas that are not in sync yet.</summary>
    public int[] AddingReplicas { get; private set; } = [];

    /// <summary>Replicas that go once the new ones are in sync.</summary>
    public int[] RemovingReplicas { get; private set; } = [];

    public bool IsReassigning => AddingReplicas.Length + RemovingReplicas.Length > 0;

    /// <summary>Begins to move, in the place of a move that may be under way.</summary>
    public void Reassign(int[] target)
    {
        int[] current = [.. Replicas.Except(AddingReplicas)];
        AddingReplicas = [.. target.Except(current)];
        RemovingReplicas = [.. current.Except(target)];
        SetReplicas([.. target, .. RemovingReplicas]);
        CatchUp();
        TryCompleteReassignment();
        ElectIfNeeded();
        WakeWaiters();
    }

    /// <summary>Stays where it was.</summary>
    public void CancelReassignment()
    {
        int[] current = [.. Replicas.Except(AddingReplicas)];
        AddingReplicas = [];
        RemovingReplicas = [];
        SetReplicas(current);
        ElectIfNeeded();
        WakeWaiters();
    }

    private void TryCompleteReassignment()
    {
        bool isDone = IsReassigning && AddingReplicas.All(InSyncReplicas.Contains) && InSyncReplicas.Except(RemovingReplicas).Any();
        if (!isDone)
        {
            return;
        }

        bool shrinks = RemovingReplicas.Length > 0;
        int[] target = [.. Replicas.Except(RemovingReplicas)];
        AddingReplicas = [];
        RemovingReplicas = [];
        SetReplicas(target);
        if (Leader is null)
        {
            ElectIfNeeded();
        }
        else if (shrinks)
        {
            // Those who are let go must not be taken for replicas any more, hence a new epoch.
            SetLeader(Leader);
        }
    }

    private void SetReplicas(int[] brokers)
    {
        _replicas = Array.ConvertAll(brokers, id => ReplicaOn(id) ?? new Replica(_cluster.FindBroker(id)!));
        Replicas = brokers;
        RefreshInSync();
        RaiseHighWatermark();
    }
}
