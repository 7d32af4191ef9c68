using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.Tests.Connections;

/// <summary>
/// Sends bytes, and behind them a request that is good. What it waits for is the answer to that one, for the broker to close the connection, or for a time to
/// pass in which neither came. Owner: its loop.
/// </summary>
internal sealed class FuzzClient : LoopTimer, ITransportHandler, IThreadPoolWorkItem
{
    private const int LastCorrelationId = 0x5eed5eed;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly byte[] LastRequest = Frames.Request((short)ApiKey.ApiVersions, 0, LastCorrelationId, false, []);

    private readonly EventLoop _loop;
    private readonly ITransport _transport;
    private readonly string _host;
    private readonly int _port;
    private readonly byte[] _bytes;
    private readonly byte[] _receiveBuffer = new byte[4096];
    private readonly MemoryStream _received = new();
    private readonly TaskCompletionSource<FuzzEnd> _done = new();
    private ITransportConnection? _connection;
    private FuzzEnd _end = FuzzEnd.Silent;
    private bool _closing;

    public FuzzClient(EventLoop loop, ITransport transport, string host, int port, byte[] bytes)
    {
        _loop = loop;
        _transport = transport;
        _host = host;
        _port = port;
        _bytes = bytes;
    }

    /// <summary>Whether the bytes end within a frame, so that the broker takes the good request for the rest of it.</summary>
    public bool IsIncomplete
    {
        get
        {
            long position = 0;
            while (position + 4 <= _bytes.Length)
            {
                int size = BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan((int)position));
                if (size < 0)
                {
                    return false;
                }

                position += 4L + size;
            }

            return position != _bytes.Length;
        }
    }

    public Task<FuzzEnd> RunAsync()
    {
        _loop.Post(this);
        return _done.Task;
    }

    public void Execute() => _connection = _transport.Connect(_host, _port, _loop, this);

    void ITransportHandler.OnConnected()
    {
        _loop.Arm(this, _loop.Now + Patience);
        _connection!.Send([new ArraySegment<byte>(_bytes), new ArraySegment<byte>(LastRequest)]);
        Receive();
    }

    void ITransportHandler.OnReceived(int count) => Received(count);

    void ITransportHandler.OnSent()
    {
    }

    void ITransportHandler.OnFaulted(Exception error) => End(FuzzEnd.Closed);

    void ITransportHandler.OnClosed() => _done.SetResult(_end);

    protected internal override void OnDue() => End(FuzzEnd.Silent);

    private void Receive()
    {
        while (!_closing && _connection!.Receive(_receiveBuffer, out int count))
        {
            Take(count);
        }
    }

    private void Received(int count)
    {
        Take(count);
        Receive();
    }

    private void Take(int count)
    {
        if (count == 0)
        {
            End(FuzzEnd.Closed);
            return;
        }

        _received.Write(_receiveBuffer, 0, count);
        Span<byte> bytes = _received.GetBuffer().AsSpan(0, (int)_received.Length);
        int start = 0;
        while (bytes.Length - start >= 8 && bytes.Length - start - 4 >= BinaryPrimitives.ReadInt32BigEndian(bytes[start..]))
        {
            if (BinaryPrimitives.ReadInt32BigEndian(bytes[(start + 4)..]) == LastCorrelationId)
            {
                End(FuzzEnd.Answered);
                return;
            }

            start += 4 + BinaryPrimitives.ReadInt32BigEndian(bytes[start..]);
        }

        byte[] rest = bytes[start..].ToArray();
        _received.SetLength(0);
        _received.Write(rest);
    }

    private void End(FuzzEnd end)
    {
        if (!_closing)
        {
            _closing = true;
            _end = end;
            _loop.Disarm(this);
            _connection!.Close();
        }
    }
}
