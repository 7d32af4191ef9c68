namespace HighPerf.Kafka.Runtime.Tests;

/// <summary>The yield point that hands the baton to an explorer.</summary>
internal readonly struct ExplorerYield(Explorer explorer) : IYieldPoint
{
    public void Yield() => explorer.Yield();
}
