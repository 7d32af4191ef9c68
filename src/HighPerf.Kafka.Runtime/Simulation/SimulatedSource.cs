namespace HighPerf.Kafka.Runtime;

/// <summary>Something with work to run: a loop, the executor, the application's context. Owner: the simulation's thread.</summary>
internal abstract class SimulatedSource(ulong id, string name)
{
    /// <summary>Given in order of creation, so that it is the same in every run.</summary>
    public ulong Id => id;

    public string Name => name;

    /// <summary>The place among the ready ones; -1 when not ready.</summary>
    public int ReadyIndex { get; set; } = -1;

    /// <summary>For messages about a simulation that stands still.</summary>
    public abstract string Describe();

    /// <summary>Runs one thing; called when ready, which the source is not any more then.</summary>
    public abstract void RunOne();
}
