namespace HighPerf.Kafka.Connections;

/// <summary>Who uses a link and wants to hear of its connection; all on the link's loop.</summary>
internal interface IBrokerLinkListener
{
    /// <summary>A connection is open; <see cref="BrokerLink.Versions"/> and <see cref="BrokerLink.FreeSlots"/> count now.</summary>
    void OnLinkOpen(BrokerLink link);

    /// <summary>The connection, or the attempt to make one, ended. Requests given to it are told by themselves, a little later.</summary>
    void OnLinkLost(BrokerLink link, KafkaException error);

    /// <summary><see cref="BrokerLink.FreeSlots"/> was 0 and is not any more.</summary>
    void OnLinkSlotsFree(BrokerLink link);
}
