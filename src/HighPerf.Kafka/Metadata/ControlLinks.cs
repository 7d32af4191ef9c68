using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Metadata;

/// <summary>The control connections of one client, one link per broker or bootstrap server, opened when first asked for. Owner: the control loop.</summary>
internal sealed class ControlLinks
{
    private readonly BrokerPool _pool;
    private readonly EventLoop _loop;
    private readonly Dictionary<int, BrokerLink> _links = [];

    public ControlLinks(BrokerPool pool, EventLoop loop)
    {
        _pool = pool;
        _loop = loop;
    }

    /// <summary>The link to a broker, or to a bootstrap server (negative id).</summary>
    public BrokerLink this[int brokerId]
    {
        get
        {
            if (!_links.TryGetValue(brokerId, out BrokerLink? link))
            {
                link = _pool.OpenLink(brokerId, ConnectionRole.Control, _loop);
                _links.Add(brokerId, link);
            }

            return link;
        }
    }

    /// <summary>Whether requests to the broker would go out without connecting first.</summary>
    public bool IsOpen(int brokerId) => _links.TryGetValue(brokerId, out BrokerLink? link) && link.IsOpen;

    /// <summary>Gives up the connections to bootstrap servers, once real brokers are known.</summary>
    public void CloseBootstrap()
    {
        foreach (BrokerEndpoint server in _pool.Bootstrap)
        {
            if (_links.TryGetValue(server.Id, out BrokerLink? link) && !link.IsBusy)
            {
                _links.Remove(server.Id);
                link.Close();
            }
        }
    }
}
