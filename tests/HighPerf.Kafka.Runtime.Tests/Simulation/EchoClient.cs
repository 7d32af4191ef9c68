namespace HighPerf.Kafka.Runtime.Tests;

/// <summary>
/// Sends messages one after the other, each when the echo of the last is complete; ends with the number of good ones, whatever becomes of the
/// connection.
/// </summary>
internal sealed class EchoClient(EventLoop loop, int messages, int length) : ITransportHandler
{
    private readonly TaskCompletionSource<int> _done = new();
    private readonly byte[] _buffer = new byte[length];
    private readonly byte[] _message = new byte[length];
    private ITransportConnection? _connection;
    private int _good;
    private int _received;

    public Exception? Error { get; private set; }

    public Task<int> Run(ITransport transport, string host, int port)
    {
        loop.Post(new ActionItem(() => _connection = transport.Connect(host, port, loop, this)));
        return _done.Task;
    }

    public void OnConnected() => SendNext();

    public void OnReceived(int count)
    {
        if (Took(count))
        {
            ReceiveMore();
        }
    }

    public void OnSent() => ReceiveMore();

    public void OnFaulted(Exception error)
    {
        Error = error;
        _connection!.Close();
    }

    public void OnClosed() => _done.SetResult(_good);

    private void SendNext()
    {
        if (_good == messages)
        {
            _connection!.Close();
            return;
        }

        _received = 0;
        new RandomSource((ulong)_good).NextBytes(_message);
        if (_connection!.Send([_message]))
        {
            ReceiveMore();
        }
    }

    private void ReceiveMore()
    {
        while (_connection!.Receive(_buffer.AsMemory(_received), out int count))
        {
            if (!Took(count))
            {
                return;
            }
        }
    }

    /// <summary>True: go on receiving.</summary>
    private bool Took(int count)
    {
        _received += count;
        if (count == 0)
        {
            _connection!.Close();
            return false;
        }

        if (_received < length)
        {
            return true;
        }

        if (!_buffer.AsSpan().SequenceEqual(_message))
        {
            throw new InvalidOperationException($"Echo {_good} differs from what was sent.");
        }

        _good++;
        SendNext();
        return false;
    }
}
