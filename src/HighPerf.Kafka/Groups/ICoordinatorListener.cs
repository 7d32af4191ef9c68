namespace HighPerf.Kafka.Groups;

/// <summary>Who works with a group's coordinator and wants to hear of it; all on the coordinator's loop, never from within a call to it.</summary>
internal interface ICoordinatorListener
{
    /// <summary>
    /// It is known which broker coordinates the group: a connection is made when something is sent. Told in a turn of its own: it may be lost again by now.
    /// </summary>
    void OnCoordinatorFound();

    /// <summary>
    /// The coordinator moved, or the connection to it ended. Requests under way are told by themselves, a little later. It is found again when something is
    /// sent, or <see cref="GroupCoordinator.EnsureFound"/> is called.
    /// </summary>
    void OnCoordinatorLost(KafkaException reason);

    /// <summary>The brokers refuse for good to name a coordinator (authorisation), or the client was closed. Nothing is looked up any more.</summary>
    void OnCoordinatorRefused(KafkaException reason);
}
