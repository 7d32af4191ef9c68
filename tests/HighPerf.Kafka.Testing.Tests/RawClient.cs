using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.Tests;

/// <summary>A connection that sends and receives whole frames and knows nothing else, so that tests see the broker's bytes and no client's manners.</summary>
internal sealed class RawClient : ITransportHandler
{
    private readonly EventLoop _loop;
    private readonly byte[] _receiveBuffer = new byte[64 * 1024];
    private readonly TaskCompletionSource _connected = Source();
    private readonly TaskCompletionSource _closed = Source();

    // Guarded by the object: the loop fills them, the test takes from them.
    private readonly MemoryStream _received = new();
    private readonly Queue<byte[]> _frames = new();
    private readonly Queue<TaskCompletionSource<byte[]>> _waiters = new();
    private bool _ended;

    private ITransportConnection? _connection;
    private TaskCompletionSource? _sending;
    private int _correlationId;

    private RawClient(EventLoop loop) => _loop = loop;

    /// <summary>Complete once the broker has closed the connection.</summary>
    public Task Closed => _closed.Task;

    /// <summary>How many bytes came of a frame that is not whole.</summary>
    public long UnfinishedBytes
    {
        get
        {
            lock (_received)
            {
                return _received.Length;
            }
        }
    }

    public static async Task<RawClient> ConnectAsync(RuntimeEnvironment environment, ITransport transport, string host, int port)
    {
        EventLoop loop = environment.CreateLoop("raw-client", LoopKind.Borrowed);
        RawClient client = new(loop);
        loop.Post(new Item(() => client._connection = transport.Connect(host, port, loop, client)));
        await client._connected.Task;
        return client;
    }

    /// <summary>Sends bytes as they are.</summary>
    public Task SendAsync(params byte[] bytes)
    {
        TaskCompletionSource sent = Source();
        _loop.Post(new Item(() =>
        {
            _sending = sent;
            if (_connection!.Send([new ArraySegment<byte>(bytes)]))
            {
                sent.SetResult();
            }
        }));
        return sent.Task;
    }

    /// <summary>The next frame without its size.</summary>
    /// <exception cref="EndOfStreamException">The broker closed the connection.</exception>
    public Task<byte[]> ReceiveFrameAsync()
    {
        lock (_received)
        {
            if (_frames.TryDequeue(out byte[]? frame))
            {
                return Task.FromResult(frame);
            }

            if (_ended)
            {
                return Task.FromException<byte[]>(new EndOfStreamException());
            }

            TaskCompletionSource<byte[]> waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Enqueue(waiter);
            return waiter.Task;
        }
    }

    /// <summary>Sends a request and decodes its answer, which must use up its frame.</summary>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(IKafkaRequest<TRequest, TResponse> request, short version)
        where TRequest : class, IKafkaRequest<TRequest, TResponse>
        where TResponse : class, IKafkaMessage<TResponse>
    {
        int correlationId = await BeginAsync(request, version);
        return await EndAsync<TRequest, TResponse>(correlationId, version);
    }

    /// <summary>Sends a request; its answer is taken with <see cref="EndAsync"/>.</summary>
    public async Task<int> BeginAsync<TRequest, TResponse>(IKafkaRequest<TRequest, TResponse> request, short version)
        where TRequest : class, IKafkaRequest<TRequest, TResponse>
        where TResponse : class, IKafkaMessage<TResponse>
    {
        int correlationId = ++_correlationId;
        await SendAsync(Frames.Request((short)TRequest.ApiKey, version, correlationId, TRequest.IsFlexible(version), Frames.Encode(request, version)));
        return correlationId;
    }

    public async Task<TResponse> EndAsync<TRequest, TResponse>(int correlationId, short version)
        where TRequest : class, IKafkaRequest<TRequest, TResponse>
        where TResponse : class, IKafkaMessage<TResponse>
    {
        byte[] frame = await ReceiveFrameAsync();
        bool flexibleHeader = TRequest.IsFlexible(version) && TRequest.ApiKey != ApiKey.ApiVersions;
        return Decode<TResponse>(frame, correlationId, flexibleHeader, version);
    }

    public static TResponse Decode<TResponse>(byte[] frame, int correlationId, bool flexibleHeader, short version)
        where TResponse : class, IKafkaMessage<TResponse>
    {
        Assert.Equal(correlationId, BinaryPrimitives.ReadInt32BigEndian(frame));
        int start = flexibleHeader ? 5 : 4;
        if (flexibleHeader)
        {
            Assert.Equal(0, frame[4]);
        }

        KafkaReader reader = new(frame.AsSpan(start));
        TResponse response = TResponse.Read(ref reader, version);
        Assert.Equal(0, reader.Remaining);
        return response;
    }

    /// <summary>Closes this end.</summary>
    public Task CloseAsync()
    {
        _loop.Post(new Item(() => _connection!.Close()));
        return _closed.Task;
    }

    void ITransportHandler.OnConnected()
    {
        _connected.SetResult();
        Receive();
    }

    void ITransportHandler.OnReceived(int count)
    {
        Received(count);
        if (count > 0)
        {
            Receive();
        }
    }

    void ITransportHandler.OnSent() => _sending!.SetResult();

    void ITransportHandler.OnFaulted(Exception error)
    {
        _connected.TrySetException(error);
        _sending?.TrySetException(error);
        Received(0);
    }

    void ITransportHandler.OnClosed()
    {
        Received(0);
        _closed.TrySetResult();
    }

    private static TaskCompletionSource Source() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Receive()
    {
        while (_connection!.Receive(_receiveBuffer, out int count))
        {
            Received(count);
            if (count == 0)
            {
                return;
            }
        }
    }

    private void Received(int count)
    {
        lock (_received)
        {
            if (count == 0)
            {
                if (_ended)
                {
                    return;
                }

                _ended = true;
                _connection!.Close();
                while (_waiters.TryDequeue(out TaskCompletionSource<byte[]>? waiter))
                {
                    waiter.SetException(new EndOfStreamException());
                }

                return;
            }

            _received.Write(_receiveBuffer, 0, count);
            TakeFrames();
        }
    }

    private void TakeFrames()
    {
        byte[] bytes = _received.ToArray();
        int start = 0;
        while (bytes.Length - start >= 4)
        {
            int size = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(start));
            if (bytes.Length - start - 4 < size)
            {
                break;
            }

            byte[] frame = bytes[(start + 4)..(start + 4 + size)];
            start += 4 + size;
            if (_waiters.TryDequeue(out TaskCompletionSource<byte[]>? waiter))
            {
                waiter.SetResult(frame);
            }
            else
            {
                _frames.Enqueue(frame);
            }
        }

        _received.SetLength(0);
        _received.Write(bytes, start, bytes.Length - start);
    }

    private sealed class Item(Action action) : IThreadPoolWorkItem
    {
        public void Execute() => action();
    }
}
