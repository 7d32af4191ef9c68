using System.Buffers.Binary;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.Tests;

/// <summary>A connection that sends one prebuilt request frame again and again, one at a time, and counts the answers. Allocates nothing meanwhile.</summary>
internal sealed class FrameLoop : ITransportHandler
{
    private readonly EventLoop _loop;
    private readonly byte[] _receiveBuffer = new byte[256 * 1024];
    private readonly byte[] _size = new byte[4];
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<ArraySegment<byte>> _frame = [];
    private ITransportConnection? _connection;
    private TaskCompletionSource? _done;
    private int _left;
    private int _sizeBytes;
    private long _answerLeft;
    private bool _sending;
    private bool _sendNext;

    private FrameLoop(EventLoop loop) => _loop = loop;

    /// <summary>The bytes of all answers.</summary>
    public long Received { get; private set; }

    public static async Task<FrameLoop> ConnectAsync(RuntimeEnvironment environment, KafkaTestCluster cluster)
    {
        string[] address = cluster.BootstrapServers.Split(':');
        EventLoop loop = environment.CreateLoop("frame-loop", LoopKind.Borrowed);
        FrameLoop client = new(loop);
        loop.Post(new Item(() => client._connection = cluster.Transport.Connect(address[0], int.Parse(address[1]), loop, client)));
        await client._connected.Task;
        return client;
    }

    /// <summary>Sends the frame so many times, each time when the answer before is there.</summary>
    public Task RunAsync(byte[] frame, int times)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop.Post(new Item(() =>
        {
            _done = done;
            _left = times;
            _frame.Clear();
            _frame.Add(new ArraySegment<byte>(frame));
            Send();
        }));
        return done.Task;
    }

    void ITransportHandler.OnConnected()
    {
        _connected.SetResult();
        Receive();
    }

    void ITransportHandler.OnReceived(int count)
    {
        if (Take(count))
        {
            Receive();
        }
    }

    void ITransportHandler.OnSent()
    {
        _sending = false;
        if (_sendNext)
        {
            _sendNext = false;
            Send();
        }
    }

    void ITransportHandler.OnFaulted(Exception error) => _done?.TrySetException(error);

    void ITransportHandler.OnClosed() => _done?.TrySetException(new EndOfStreamException());

    private void Send()
    {
        // The answer may overtake the news that the request is sent.
        _sendNext = _sending;
        _sending = _sending || !_connection!.Send(_frame);
    }

    private void Receive()
    {
        while (_connection!.Receive(_receiveBuffer, out int count) && Take(count))
        {
        }
    }

    /// <summary>False: the broker has closed the connection.</summary>
    private bool Take(int count)
    {
        if (count == 0)
        {
            _connection!.Close();
            return false;
        }

        ReadOnlySpan<byte> bytes = _receiveBuffer.AsSpan(0, count);
        Received += count;
        while (bytes.Length > 0)
        {
            if (_answerLeft == 0)
            {
                _size[_sizeBytes++] = bytes[0];
                bytes = bytes[1..];
                if (_sizeBytes < 4)
                {
                    continue;
                }

                _sizeBytes = 0;
                _answerLeft = BinaryPrimitives.ReadInt32BigEndian(_size);
            }

            int part = (int)Math.Min(_answerLeft, bytes.Length);
            bytes = bytes[part..];
            _answerLeft -= part;
            if (_answerLeft == 0)
            {
                Answered();
            }
        }

        return true;
    }

    private void Answered()
    {
        if (--_left > 0)
        {
            Send();
        }
        else
        {
            _done!.SetResult();
        }
    }

    private sealed class Item(Action action) : IThreadPoolWorkItem
    {
        public void Execute() => action();
    }
}
