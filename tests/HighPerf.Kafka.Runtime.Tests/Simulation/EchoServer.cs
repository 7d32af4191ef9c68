namespace HighPerf.Kafka.Runtime.Tests;

/// <summary>Sends back what it receives, on any transport. Each connection on the listener's loop.</summary>
internal sealed class EchoServer(EventLoop loop) : ITransportAcceptor
{
    public void OnAccepted(Func<EventLoop, ITransportHandler, ITransportConnection> start)
    {
        Echo echo = new();
        echo.Start(start(loop, echo));
    }

    public void OnFaulted(Exception error)
    {
    }

    private sealed class Echo : ITransportHandler
    {
        private readonly byte[] _buffer = new byte[4096];
        private readonly List<ArraySegment<byte>> _list = [];
        private ITransportConnection? _connection;

        public void Start(ITransportConnection connection)
        {
            _connection = connection;
            ReceiveMore();
        }

        public void OnConnected() => throw new InvalidOperationException("An accepted connection is there from the start.");

        public void OnReceived(int count)
        {
            if (SendBack(count))
            {
                ReceiveMore();
            }
        }

        public void OnSent() => ReceiveMore();

        public void OnFaulted(Exception error) => _connection!.Close();

        public void OnClosed()
        {
        }

        private void ReceiveMore()
        {
            while (_connection!.Receive(_buffer, out int count))
            {
                if (!SendBack(count))
                {
                    return;
                }
            }
        }

        private bool SendBack(int count)
        {
            if (count == 0)
            {
                _connection!.Close();
                return false;
            }

            _list.Clear();
            _list.Add(new ArraySegment<byte>(_buffer, 0, count));
            return _connection!.Send(_list);
        }
    }
}
