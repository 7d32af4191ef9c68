namespace HighPerf.Kafka.Runtime.Tests;

[Collection(AloneCollection.Name)]
public sealed class TcpAllocationTests
{
    [Fact]
    public async Task A_round_trip_allocates_nothing_in_steady_state()
    {
        ProductionEnvironment environment = new(seed: 1);
        TcpTransport transport = new();
        EventLoop serverLoop = environment.CreateLoop("server", LoopKind.Borrowed);
        ITransportListener listener = transport.Listen("127.0.0.1", 0, serverLoop, new EchoServer(serverLoop));
        EventLoop loop = environment.CreateLoop("client", LoopKind.Borrowed);
        PingClient client = new(loop);
        await client.Run(transport, listener.Port, rounds: 2000);
        const int Rounds = 10_000;
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await client.RunMore(Rounds);
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        // The pool's threads and this method's own awaits allocate a little, once; one object per round trip would be 24 bytes or more.
        Assert.InRange(allocated / (double)Rounds, 0, 8);
        loop.Post(new ActionItem(client.Close));
        listener.Close();
    }

    /// <summary>Sends ten segments of 10 bytes (more than one gathered call takes) and waits for the echo, again and again.</summary>
    private sealed class PingClient(EventLoop loop) : ITransportHandler
    {
        private readonly byte[] _buffer = new byte[100];
        private readonly List<ArraySegment<byte>> _message = [.. Enumerable.Range(0, 10).Select(_ => new ArraySegment<byte>(new byte[10]))];
        private TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private ITransportConnection? _connection;
        private int _left;
        private int _received;

        public Task Run(ITransport transport, int port, int rounds)
        {
            _left = rounds;
            loop.Post(new ActionItem(() => _connection = transport.Connect("127.0.0.1", port, loop, this)));
            return _done.Task.WaitAsync(LoopExtensions.Patience);
        }

        public Task RunMore(int rounds)
        {
            _left = rounds;
            _done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            loop.Post(new ActionItem(SendNext));
            return _done.Task.WaitAsync(LoopExtensions.Patience);
        }

        public void Close() => _connection!.Close();

        public void OnConnected() => SendNext();

        public void OnReceived(int count)
        {
            if (!Took(count))
            {
                ReceiveMore();
            }
        }

        public void OnSent() => ReceiveMore();

        public void OnFaulted(Exception error) => _done.TrySetException(error);

        public void OnClosed()
        {
        }

        private void SendNext()
        {
            if (_left-- == 0)
            {
                _done.SetResult();
                return;
            }

            _received = 0;
            if (_connection!.Send(_message))
            {
                ReceiveMore();
            }
        }

        private void ReceiveMore()
        {
            while (_connection!.Receive(_buffer.AsMemory(_received), out int count))
            {
                if (Took(count))
                {
                    return;
                }
            }
        }

        private bool Took(int count)
        {
            _received += count;
            if (_received < _buffer.Length)
            {
                return false;
            }

            SendNext();
            return true;
        }
    }
}
