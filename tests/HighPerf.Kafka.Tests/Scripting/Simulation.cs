using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Tests.Scripting;

/// <summary>A simulated world for one test: environment, network, and what a client of it needs.</summary>
internal sealed class Simulation
{
    private readonly EventLoop _delays;

    public Simulation(ulong seed, NetworkFaultPlan? plan = null)
    {
        Environment = new SimulatedEnvironment(seed);
        Network = new SimulatedNetwork(Environment, plan);
        _delays = Environment.CreateLoop("delays", LoopKind.Borrowed);
    }

    /// <summary>Each test runs with several orders of events.</summary>
    public static TheoryData<ulong> Seeds => [1, 2, 3, 4, 5, 6, 7, 8];

    public SimulatedEnvironment Environment { get; }

    public SimulatedNetwork Network { get; }

    public TimeSpan Now => Environment.Now;

    public ScriptedBroker AddBroker(string host = "broker", int port = 9092) => new(Environment, Network, host, port);

    public KafkaClientOptions Options(string servers = "broker:9092") => new() { BootstrapServers = servers, Transport = Network };

    public ClientRuntime CreateRuntime(KafkaClientOptions? options = null) => new(options ?? Options(), Environment, Network);

    public KafkaClient CreateClient(KafkaClientOptions? options = null) => new(options ?? Options(), Environment);

    /// <summary>Runs code in the simulation to its end.</summary>
    public void Run(Func<Task> application) => Environment.Run(application, TimeSpan.FromMinutes(30));

    /// <summary>Lets virtual time pass, with everything that happens in it.</summary>
    public void RunFor(TimeSpan time) => Environment.RunFor(time);

    /// <summary>Waits, in code that <see cref="Run"/> runs.</summary>
    public Task Delay(TimeSpan time) => LoopDelay.WaitAsync(_delays, Environment.Executor, time, default);
}
