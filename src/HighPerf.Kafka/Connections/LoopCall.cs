using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Connections;

/// <summary>One call to make on a loop, for the control paths, where an object per call does not matter.</summary>
internal sealed class LoopCall(Action action) : IThreadPoolWorkItem
{
    public void Execute() => action();

    public static void Post(EventLoop loop, Action action) => loop.Post(new LoopCall(action));
}
