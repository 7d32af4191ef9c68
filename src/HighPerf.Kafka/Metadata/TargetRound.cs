using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Metadata;

/// <summary>
/// Which broker to ask next when any will do. Brokers with an open connection come first, then the other known ones, then the bootstrap servers.
/// A round ends when one has answered, or every one has failed; the failures then make the error that callers see at their deadline. Owner: the control loop.
/// </summary>
internal sealed class TargetRound
{
    private readonly BrokerPool _pool;
    private readonly ControlLinks _links;
    private readonly RandomSource _random;
    private readonly List<int> _order = [];
    private readonly List<(BrokerEndpoint Target, KafkaException Error)> _failures = [];
    private int _next;

    public TargetRound(BrokerPool pool, ControlLinks links, RandomSource random)
    {
        _pool = pool;
        _links = links;
        _random = random;
    }

    /// <summary>The next to ask in this round; false when all have failed.</summary>
    public bool TryNext(out BrokerLink link)
    {
        if (_order.Count == 0)
        {
            Begin();
        }

        if (_next < _order.Count)
        {
            link = _links[_order[_next++]];
            return true;
        }

        link = null!;
        return false;
    }

    /// <summary>The one given last could not answer.</summary>
    public void Failed(BrokerLink link, KafkaException error)
    {
        if (_pool.TryGetEndpoint(link.BrokerId, out BrokerEndpoint? endpoint))
        {
            _failures.Add((endpoint, error));
        }
    }

    /// <summary>An answer came: the next question begins a new round.</summary>
    public void Succeeded() => End();

    /// <summary>Ends a round in which all have failed, and says how each one did.</summary>
    public KafkaConnectionException EndFailed()
    {
        string who = _pool.Metadata.Brokers.Length > 0
            ? "None of the cluster's brokers and bootstrap servers answers"
            : "None of the bootstrap servers answers";
        IEnumerable<string> each = _failures.DistinctBy(f => f.Target.Address).Select(f => $"{f.Target.Address}: {f.Error.Message}");
        KafkaConnectionException error = new($"{who}. {string.Join(' ', each)}", _failures.Count > 0 ? _failures[0].Error : null);
        End();
        return error;
    }

    private void Begin()
    {
        BrokerEndpoint[] known = _pool.Metadata.Brokers;
        int start = known.Length > 0 ? _random.Next(known.Length) : 0;
        AddKnown(known, start, open: true);
        AddKnown(known, start, open: false);
        int first = _random.Next(_pool.Bootstrap.Length);
        for (int i = 0; i < _pool.Bootstrap.Length; i++)
        {
            _order.Add(_pool.Bootstrap[(first + i) % _pool.Bootstrap.Length].Id);
        }
    }

    private void AddKnown(BrokerEndpoint[] known, int start, bool open)
    {
        for (int i = 0; i < known.Length; i++)
        {
            int id = known[(start + i) % known.Length].Id;
            if (_links.IsOpen(id) == open)
            {
                _order.Add(id);
            }
        }
    }

    private void End()
    {
        _order.Clear();
        _failures.Clear();
        _next = 0;
    }
}
