namespace HighPerf.Kafka.Runtime.Tests;

/// <summary>A timer made of a delegate.</summary>
internal sealed class ActionTimer(Action action) : LoopTimer
{
    protected internal override void OnDue() => action();
}
