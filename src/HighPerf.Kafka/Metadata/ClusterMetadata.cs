using System.Diagnostics.CodeAnalysis;
using HighPerf.Kafka.Connections;

namespace HighPerf.Kafka.Metadata;

/// <summary>
/// The cluster as last told: brokers, and the topics this client asked about. Immutable; a newer view is a new object with a higher <see cref="Generation"/>.
/// </summary>
internal sealed class ClusterMetadata
{
    private readonly Dictionary<string, TopicMetadata> _byName;
    private readonly Dictionary<Guid, TopicMetadata> _byId;

    /// <param name="brokers">Ordered by id.</param>
    /// <param name="topics">Ordered by name.</param>
    public ClusterMetadata(long generation, string? clusterId, int controllerId, BrokerEndpoint[] brokers, TopicMetadata[] topics)
    {
        Generation = generation;
        ClusterId = clusterId;
        ControllerId = controllerId;
        Brokers = brokers;
        Topics = topics;
        _byName = new Dictionary<string, TopicMetadata>(topics.Length, StringComparer.Ordinal);
        _byId = [];
        foreach (TopicMetadata topic in topics)
        {
            _byName[topic.Name] = topic;
            if (topic.Id != Guid.Empty)
            {
                _byId[topic.Id] = topic;
            }
        }
    }

    /// <summary>Nothing known yet.</summary>
    public static ClusterMetadata CreateEmpty() => new(0, null, -1, [], []);

    /// <summary>0 before the first answer, then one more with each that changed something.</summary>
    public long Generation { get; }

    public string? ClusterId { get; }

    /// <summary>-1 when not known.</summary>
    public int ControllerId { get; }

    /// <summary>Ordered by id.</summary>
    public BrokerEndpoint[] Brokers { get; }

    /// <summary>Ordered by name; topics the brokers refused to tell about included, with their error.</summary>
    public TopicMetadata[] Topics { get; }

    public bool TryGetTopic(string name, [NotNullWhen(true)] out TopicMetadata? topic) => _byName.TryGetValue(name, out topic);

    public bool TryGetTopic(Guid id, [NotNullWhen(true)] out TopicMetadata? topic) => _byId.TryGetValue(id, out topic);

    public bool TryGetBroker(int id, [NotNullWhen(true)] out BrokerEndpoint? broker)
    {
        int low = 0;
        int high = Brokers.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = Brokers[middle].Id.CompareTo(id);
            if (order == 0)
            {
                broker = Brokers[middle];
                return true;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        broker = null;
        return false;
    }
}
