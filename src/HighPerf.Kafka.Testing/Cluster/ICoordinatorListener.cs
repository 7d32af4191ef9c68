namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>Something whose parked requests end when their coordinator moves. Called on the cluster's loop.</summary>
internal interface ICoordinatorListener
{
    /// <summary>The keys of the slot have left their broker: what is parked for them is answered NOT_COORDINATOR. What is known of them stays.</summary>
    void OnCoordinatorMoved(CoordinatorKind kind, int slot);
}
