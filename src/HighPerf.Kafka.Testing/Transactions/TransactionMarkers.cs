using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Groups;

namespace HighPerf.Kafka.Testing.Transactions;

/// <summary>
/// Writes the markers of one transaction, after its end was answered: on its own, so that clients see the time in between. A partition without a leader gets
/// its marker when it has one. Owner: the cluster's loop.
/// </summary>
internal sealed class TransactionMarkers : LoopTimer
{
    /// <summary>When a marker cannot be written, and nobody will say when it can.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    private readonly TransactionCoordinator _coordinator;
    private readonly Transaction _transaction;

    public TransactionMarkers(TransactionCoordinator coordinator, Transaction transaction)
    {
        _coordinator = coordinator;
        _transaction = transaction;
    }

    private EmbeddedCluster Cluster => _coordinator.Cluster;

    /// <summary>The decision is made.</summary>
    public void Begin() => Cluster.Loop.Arm(this, Cluster.Loop.Now + _coordinator.MarkerDelay);

    protected internal override void OnDue()
    {
        // A new coordinator goes on where the old one was, once it has read what that wrote down.
        if (_coordinator.FindCoordinator(_transaction.Id, out _) == ErrorCode.None)
        {
            _transaction.Partitions.RemoveAll(TryWrite);
            if (_transaction.Partitions.Count == 0)
            {
                _transaction.Complete(Cluster.NowMs);
                return;
            }
        }

        Cluster.Loop.Arm(this, Cluster.Loop.Now + RetryAfter);
    }

    /// <summary>Writes the marker of a partition; a partition that does not exist any more needs none.</summary>
    private bool TryWrite(TransactionPartition target)
    {
        if (target.IsOffsets)
        {
            return TryEndOffsets(target.Index);
        }

        if (Cluster.Topics.Find(target.Topic)?.FindPartition(target.Index) is not { } partition)
        {
            return true;
        }

        if (partition.LeaderId < 0 || partition.CheckInSync(acks: -1) != ErrorCode.None)
        {
            return false;
        }

        ProducerIdentity producer = _transaction.Producer;
        partition.AppendMarker(
            producer.Id, producer.Epoch, _transaction.IsCommitted, _coordinator.Registry.CoordinatorEpochOf(_transaction.Id), Cluster.NowMs);
        return true;
    }

    /// <summary>Ends the transaction for the offsets of all groups of one coordinator's slot.</summary>
    private bool TryEndOffsets(int slot)
    {
        if (Cluster.FindBroker(Cluster.Coordinators.BrokerOf(CoordinatorKind.Group, slot)) is null)
        {
            return false;
        }

        foreach (Group group in Cluster.Groups.All)
        {
            if (CoordinatorTable.SlotOf(group.Id) == slot)
            {
                group.Offsets.CompletePending(_transaction.Producer.Id, _transaction.IsCommitted, Cluster.NowMs);
            }
        }

        _coordinator.OffsetEpochs.Raise(slot, _transaction.Producer);
        return true;
    }
}
