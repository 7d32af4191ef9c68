using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Benchmarks.Producing;

/// <summary>
/// A network of one broker inside this process, which takes records and throws them away at once: it has every topic, and costs a walk over the heads of
/// the batches. What a producer costs on it, it costs itself.
/// </summary>
internal sealed class ThrowawayTransport(int partitions) : ITransport
{
    public ITransportConnection Connect(string host, int port, EventLoop loop, ITransportHandler handler) =>
        new ThrowawayConnection(partitions, loop, handler);

    public ITransportListener Listen(string host, int port, EventLoop loop, ITransportAcceptor acceptor) =>
        throw new NotSupportedException("Nobody can connect to this network from outside.");
}
