namespace HighPerf.Kafka.Runtime;

/// <summary>Something that happens at a virtual time, between two steps.</summary>
internal sealed class SimulatedEvent(Action action) : LoopTimer
{
    protected internal override void OnDue() => action();
}
