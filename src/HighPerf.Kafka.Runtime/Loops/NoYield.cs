using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Runtime;

/// <summary>The yield point of production: nothing, and no code is made for it.</summary>
internal readonly struct NoYield : IYieldPoint
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Yield()
    {
    }
}
