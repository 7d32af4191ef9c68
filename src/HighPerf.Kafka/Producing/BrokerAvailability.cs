using System.Collections.Concurrent;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// Which brokers have neither taken nor answered a produce request for too long (KIP-794): records without a key go elsewhere meanwhile. Written by the
/// producer's loop, read by any thread. Costs nothing while the timeout is zero, which means that no broker is ever given up.
/// </summary>
internal sealed class BrokerAvailability
{
    private readonly ConcurrentDictionary<int, TimeSpan> _stalledSince = new(); // any thread
    private readonly TimeSpan _timeout;

    public BrokerAvailability(TimeSpan timeout) => _timeout = timeout;

    private bool IsOn => _timeout > TimeSpan.Zero;

    /// <summary>Batches are ready for the broker, or in flight to it, from now on or since before.</summary>
    public void Stalled(int broker, TimeSpan now)
    {
        if (IsOn)
        {
            _stalledSince.TryAdd(broker, now);
        }
    }

    /// <summary>The broker took or answered a request, or there is nothing for it.</summary>
    public void Moves(int broker)
    {
        if (IsOn)
        {
            _stalledSince.TryRemove(broker, out _);
        }
    }

    public bool IsAvailable(int broker, TimeSpan now) => !IsOn || !_stalledSince.TryGetValue(broker, out TimeSpan since) || now - since <= _timeout;
}
