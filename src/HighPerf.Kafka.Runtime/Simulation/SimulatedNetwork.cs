namespace HighPerf.Kafka.Runtime;

/// <summary>
/// The network of a simulation. Host names mean nothing but equality (ignoring case). Delays, cut pieces, completion at once or later, refusals,
/// breaks and stalls are drawn from the environment's seed as the <see cref="NetworkFaultPlan"/> says. Owner: the simulation's thread.
/// </summary>
internal sealed class SimulatedNetwork : ITransport
{
    private const int FirstFreePort = 49152;

    private readonly List<SimulatedListener> _listeners = [];
    private readonly List<SimulatedConnection> _connections = [];
    private int _nextPort = FirstFreePort;
    private ulong _nextId = 1;

    public SimulatedNetwork(SimulatedEnvironment environment, NetworkFaultPlan? plan = null)
    {
        Scheduler = environment.Scheduler;
        Random = environment.CreateRandom("network");
        Plan = plan ?? NetworkFaultPlan.Calm;
    }

    /// <summary>May be exchanged while the simulation runs: what is drawn afterwards follows the new one.</summary>
    public NetworkFaultPlan Plan { get; set; }

    internal SimulationScheduler Scheduler { get; }

    internal RandomSource Random { get; }

    internal EventLog Log => Scheduler.Log;

    public ITransportConnection Connect(string host, int port, EventLoop loop, ITransportHandler handler)
    {
        Scheduler.CheckThread();
        SimulatedConnection client = new(this, NextId(), loop, handler, $"{host}:{port}");
        Log.Add(SimulatedEventKind.Connect, client.Id, StableHash.Of(client.RemoteName));
        bool refused = Random.Chance(Plan.RefuseProbability);
        After(DrawDelay(), () => Arrive(client, host, port, refused));
        return client;
    }

    public ITransportListener Listen(string host, int port, EventLoop loop, ITransportAcceptor acceptor)
    {
        Scheduler.CheckThread();
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        while (port == 0)
        {
            port = Find(host, _nextPort) is null ? _nextPort : 0;
            _nextPort++;
        }

        if (Find(host, port) is not null)
        {
            throw new IOException($"Cannot listen on {host}:{port} of the simulated network: the address is in use; choose another port, or 0 for a free one.");
        }

        SimulatedListener listener = new(this, host, port, loop, acceptor);
        _listeners.Add(listener);
        return listener;
    }

    /// <summary>Breaks every open connection to an address now, as a dying process or machine does.</summary>
    public void Break(string host, int port)
    {
        string name = $"{host}:{port}";
        foreach (SimulatedConnection connection in _connections.ToArray())
        {
            if (string.Equals(connection.RemoteName, name, StringComparison.OrdinalIgnoreCase))
            {
                connection.BreakBoth();
            }
        }
    }

    /// <summary>Stalls every open connection to an address in both directions: nothing arrives any more, and nobody is told.</summary>
    public void Stall(string host, int port)
    {
        string name = $"{host}:{port}";
        foreach (SimulatedConnection connection in _connections.ToArray())
        {
            if (string.Equals(connection.RemoteName, name, StringComparison.OrdinalIgnoreCase))
            {
                connection.StallBoth();
            }
        }
    }

    internal ulong NextId() => _nextId++;

    internal void Forget(SimulatedListener listener) => _listeners.Remove(listener);

    internal void Forget(SimulatedConnection connection) => _connections.Remove(connection);

    internal TimeSpan DrawDelay()
    {
        long spread = Plan.MaxDelay.Ticks - Plan.MinDelay.Ticks;
        return Plan.MinDelay + TimeSpan.FromTicks(spread <= 0 ? 0 : (long)(Random.NextDouble() * spread));
    }

    internal void After(TimeSpan delay, Action action) => Scheduler.Arm(new SimulatedEvent(action), Scheduler.Now + delay);

    private SimulatedListener? Find(string host, int port) =>
        _listeners.Find(listener => listener.Port == port && string.Equals(listener.Host, host, StringComparison.OrdinalIgnoreCase));

    private void Arrive(SimulatedConnection client, string host, int port, bool refused)
    {
        SimulatedListener? listener = Find(host, port);
        if (listener is null || refused)
        {
            string why = refused ? "refused by the fault plan" : "nothing listens there";
            After(DrawDelay(), () => client.Fail(new IOException($"Cannot connect to {host}:{port} of the simulated network: {why}.")));
            return;
        }

        listener.Offer(client, server =>
        {
            _connections.Add(client);
            SimulatedConnection.Join(client, server);
            After(DrawDelay(), client.BecomeConnected);
        });
    }
}
