namespace HighPerf.Kafka.Connections;

/// <summary>Who made a connection and hears of its life, on the connection's loop.</summary>
internal interface IConnectionOwner
{
    /// <summary>Negotiated: requests flow.</summary>
    void OnOpen(BrokerConnection connection);

    /// <summary>Poisoned with its first error; its waiters are told when the transport has let go. A new connection may be made now.</summary>
    void OnLost(BrokerConnection connection, KafkaException error);

    /// <summary>Every waiter is told and every buffer is back. The last event.</summary>
    void OnClosed(BrokerConnection connection);

    /// <summary>Requests can be handed over again after <see cref="BrokerConnection.FreeSlots"/> was 0: an answer came, or a throttle time is over.</summary>
    void OnSlotsFree(BrokerConnection connection);
}
