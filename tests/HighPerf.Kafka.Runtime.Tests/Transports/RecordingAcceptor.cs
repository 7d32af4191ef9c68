using System.Threading.Channels;

namespace HighPerf.Kafka.Runtime.Tests;

/// <summary>Starts every accepted connection on a loop with a handler made for it, and hands both to the test.</summary>
internal sealed class RecordingAcceptor(Func<EventLoop> loopFor) : ITransportAcceptor
{
    private readonly Channel<TestPeer> _accepted = Channel.CreateUnbounded<TestPeer>();

    public Exception? Error { get; private set; }

    public async Task<TestPeer> Next()
    {
        using CancellationTokenSource patience = new(LoopExtensions.Patience);
        return await _accepted.Reader.ReadAsync(patience.Token);
    }

    public void OnAccepted(Func<EventLoop, ITransportHandler, ITransportConnection> start)
    {
        EventLoop loop = loopFor();
        RecordingHandler handler = new(loop);
        _accepted.Writer.TryWrite(new TestPeer(loop, handler, start(loop, handler)));
    }

    public void OnFaulted(Exception error) => Error = error;
}
