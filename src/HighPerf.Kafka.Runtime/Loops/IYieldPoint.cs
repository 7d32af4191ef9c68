namespace HighPerf.Kafka.Runtime;

/// <summary>
/// A place between two steps of a lock-free primitive where another thread may come in. Production passes <see cref="NoYield"/>, which the JIT removes;
/// tests pass one that hands control to a scheduler, so that every interleaving of two or three threads can be tried.
/// </summary>
internal interface IYieldPoint
{
    void Yield();
}
