using System.Threading.Channels;

namespace HighPerf.Kafka.Runtime.Tests;

/// <summary>Writes down what a connection tells, for the test to read in order.</summary>
internal sealed class RecordingHandler(EventLoop loop) : ITransportHandler
{
    private readonly Channel<string> _events = Channel.CreateUnbounded<string>();

    public Exception? Error { get; private set; }

    public async Task<string> Next()
    {
        using CancellationTokenSource patience = new(LoopExtensions.Patience);
        return await _events.Reader.ReadAsync(patience.Token);
    }

    public bool HasMore => _events.Reader.TryPeek(out _);

    public void OnConnected() => Note("connected");

    public void OnReceived(int count) => Note($"received {count}");

    public void OnSent() => Note("sent");

    public void OnFaulted(Exception error)
    {
        Error = error;
        Note("faulted");
    }

    public void OnClosed() => Note("closed");

    private void Note(string what) => _events.Writer.TryWrite(loop.IsOwner ? what : what + " OFF THE LOOP");
}
