using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Metadata;

/// <summary>
/// The links of one client. Each belongs to the loop it was opened for; the pool knows where brokers are, and closes what is left at the end. Thread-safe.
/// </summary>
internal sealed class BrokerPool : IEndpointSource
{
    private readonly ClientRuntime _runtime;
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<int, BrokerEndpoint> _learned = new();
    private ClusterMetadata _metadata = ClusterMetadata.CreateEmpty();

    // Guarded by the gate.
    private readonly List<BrokerLink> _links = [];
    private TaskCompletionSource? _allClosed;

    public BrokerPool(ClientRuntime runtime)
    {
        _runtime = runtime;
        Bootstrap = BootstrapList.Parse(runtime.Options.BootstrapServers);
    }

    /// <summary>The bootstrap servers, with ids -1, -2, ... .</summary>
    public BrokerEndpoint[] Bootstrap { get; }

    /// <summary>The latest view of the cluster. Any thread.</summary>
    public ClusterMetadata Metadata
    {
        get => Volatile.Read(ref _metadata);
        internal set => Volatile.Write(ref _metadata, value);
    }

    /// <summary>Whether the client is closed, or closing. Any thread.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _allClosed is not null;
            }
        }
    }

    /// <summary>Where a broker is: a negative id means a bootstrap server.</summary>
    public bool TryGetEndpoint(int brokerId, [NotNullWhen(true)] out BrokerEndpoint? endpoint)
    {
        int index = -1 - brokerId;
        if (index >= 0)
        {
            endpoint = index < Bootstrap.Length ? Bootstrap[index] : null;
            return endpoint is not null;
        }

        return Metadata.TryGetBroker(brokerId, out endpoint) || _learned.TryGetValue(brokerId, out endpoint);
    }

    /// <summary>Remembers a broker that an answer other than Metadata named; metadata that knows it goes first.</summary>
    public void Learn(BrokerEndpoint endpoint) => _learned[endpoint.Id] = endpoint;

    /// <summary>
    /// Opens a link to a broker for one role on one loop. It connects when it is first used. The caller owns it, and closes it on its loop; at the client's
    /// end the pool closes
    /// those that are left. A link of a client that is closed is born closed. Any thread.
    /// </summary>
    public BrokerLink OpenLink(int brokerId, ConnectionRole role, EventLoop loop, IBrokerLinkListener? listener = null)
    {
        BrokerLink link = new(_runtime, this, brokerId, role, loop, listener, OnLinkClosed);
        lock (_gate)
        {
            if (_allClosed is null)
            {
                _links.Add(link);
            }
            else
            {
                link.Refuse();
            }
        }

        return link;
    }

    /// <summary>Closes every link. Completes when none holds a connection any more.</summary>
    public Task CloseAsync()
    {
        BrokerLink[] links;
        Task closed;
        lock (_gate)
        {
            _allClosed ??= new TaskCompletionSource();
            closed = _allClosed.Task;
            links = [.. _links];
            if (links.Length == 0)
            {
                _allClosed.TrySetResult();
            }
        }

        foreach (BrokerLink link in links)
        {
            LoopCall.Post(link.Loop, link.Close);
        }

        return closed;
    }

    private void OnLinkClosed(BrokerLink link)
    {
        TaskCompletionSource? finished;
        lock (_gate)
        {
            _links.Remove(link);
            finished = _links.Count == 0 ? _allClosed : null;
        }

        if (finished is not null)
        {
            // The waiting code must not continue on this loop.
            _runtime.Executor.Queue(new LoopCall(() => finished.TrySetResult()));
        }
    }
}
