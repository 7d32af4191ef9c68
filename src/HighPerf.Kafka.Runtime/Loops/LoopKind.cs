namespace HighPerf.Kafka.Runtime;

/// <summary>How a loop gets its thread in production. Simulated loops are pumped by the scheduler whatever their kind.</summary>
internal enum LoopKind
{
    /// <summary>A thread of its own, which waits in the kernel while there is nothing to do.</summary>
    Dedicated,

    /// <summary>Whichever thread finds it idle: a caller, a socket completion, or a thread of the pool.</summary>
    Borrowed,
}
