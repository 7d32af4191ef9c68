using System.Net.Sockets;

namespace HighPerf.Kafka.Runtime;

/// <summary>
/// One kind of socket operation, reused for every operation of that kind, so that none allocates. The thread on which the kernel's completion arrives
/// enters the loop if it finds it idle, which saves a hand-over, or else queues the operation there.
/// </summary>
internal sealed class TcpOperation : SocketAsyncEventArgs, IThreadPoolWorkItem
{
    private readonly EventLoop _loop;
    private readonly Action<TcpOperation> _onCompleted;

    /// <summary>Made once for each direction. The execution context does not flow (the base's argument): a completion belongs to no caller.</summary>
    /// <param name="onCompleted">Runs on the loop after each completion that did not come at once.</param>
    public TcpOperation(EventLoop loop, Action<TcpOperation> onCompleted)
        : base(true)
    {
        _loop = loop;
        _onCompleted = onCompleted;
    }

    public void Execute() => _onCompleted(this);

    protected override void OnCompleted(SocketAsyncEventArgs e) => _loop.RunOrPostFromPool(this);
}
