namespace HighPerf.Kafka.Runtime.Tests;

/// <summary>A work item made of a delegate.</summary>
internal sealed class ActionItem(Action action) : IThreadPoolWorkItem
{
    public void Execute() => action();
}
