using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Handlers;

namespace HighPerf.Kafka.Testing.Connections;

/// <summary>
/// The broker's end of one connection: frames in, answers out, in order. One request is worked on at a time, as a real broker does: a parked fetch holds up
/// what is behind it on this connection, and nothing else. Everything here belongs to the cluster's loop.
/// </summary>
internal sealed class BrokerConnection : ITransportHandler, IThreadPoolWorkItem
{
    /// <summary>No further request is taken while this many bytes of answers wait to be sent.</summary>
    private const int OutputLimit = 4 * 1024 * 1024;

    private readonly FrameReceiver _receiver;
    private readonly RequestContext _context;
    private ResponseBuffer _filling;
    private ResponseBuffer _sending;
    private ITransportConnection? _transport;
    private IParkedRequest? _parked;
    private InterceptedRequest? _held;
    private bool _receiveUnderWay;
    private bool _sendUnderWay;
    private bool _busy;
    private bool _pumping;
    private bool _endOfInput;
    private bool _resumePosted;
    private bool _closed;
    private string? _closingReason;

    public BrokerConnection(EmbeddedBroker broker, long id)
    {
        Broker = broker;
        Id = id;
        _receiver = new FrameReceiver(broker.Cluster.Buffers, broker.Cluster.Options.MaxFrameBytes);
        _context = new RequestContext(this);
        _filling = new ResponseBuffer(broker.Cluster.Buffers);
        _sending = new ResponseBuffer(broker.Cluster.Buffers);
    }

    public EmbeddedBroker Broker { get; }

    /// <summary>Numbered in the order of acceptance over the whole cluster.</summary>
    public long Id { get; }

    public string RemoteName => _transport!.RemoteName;

    public EventLoop Loop => Broker.Cluster.Loop;

    /// <summary>Where answers are written.</summary>
    public ResponseBuffer Output => _filling;

    public void Start(ITransportConnection transport)
    {
        _transport = transport;
        Pump();
    }

    /// <summary>The request in work is answered (or needs no answer). Called within its handling, or later when it was parked or held.</summary>
    public void Answered()
    {
        if (_closed)
        {
            return;
        }

        _parked = null;
        switch (_context.Verdict)
        {
            case RequestVerdict.ApplyAndClose:
                Close($"{_context.Handler.ApiKey} was applied and its answer thrown away by an interceptor");
                return;
            case RequestVerdict.ApplyAndStall:
                _filling.Reset();
                return;
        }

        _busy = false;
        if (!_pumping && !_resumePosted)
        {
            // Someone else's event answered this request (an append woke a fetch): go on in a turn of our own, so that connections never nest.
            _resumePosted = true;
            Loop.Post(this);
        }
    }

    public void Park(IParkedRequest parked) => _parked = parked;

    public void Close(string? reason)
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        if (reason is not null)
        {
            Broker.Cluster.Log.Write($"broker {Broker.NodeId}: connection {Id} from {_transport!.RemoteName} closed: {reason}");
        }

        _parked?.Abandon();
        _parked = null;
        _held = null;
        _transport!.Close();
    }

    /// <summary>Takes no further request and closes once the answers before this one are sent, as they would be by a broker that sends one by one.</summary>
    private void CloseAfterSending(string reason)
    {
        _busy = true;
        _closingReason ??= reason;
    }

    /// <summary>Goes on with a request that an interceptor held.</summary>
    public void Resume(InterceptedRequest request)
    {
        if (_closed || _held != request)
        {
            return;
        }

        _held = null;
        _pumping = true;
        Handle(request.Header, request.Body.Span, request);
        _pumping = false;
        Pump();
    }

    void IThreadPoolWorkItem.Execute()
    {
        _resumePosted = false;
        Pump();
    }

    void ITransportHandler.OnConnected()
    {
    }

    void ITransportHandler.OnReceived(int count)
    {
        _receiveUnderWay = false;
        Received(count);
        Pump();
    }

    void ITransportHandler.OnSent()
    {
        _sendUnderWay = false;
        _sending.Reset();
        Pump();
    }

    void ITransportHandler.OnFaulted(Exception error) => Close(error.Message);

    void ITransportHandler.OnClosed()
    {
        _closed = true;
        _parked?.Abandon();
        _parked = null;
        _receiver.Dispose();
        _filling.Dispose();
        _sending.Dispose();
        Broker.Forget(this);
    }

    /// <summary>Works until everything waits for the network or for a parked request. Transports may complete at once, hence the loop.</summary>
    private void Pump()
    {
        if (_pumping)
        {
            return;
        }

        _pumping = true;
        while (!_closed && (TakeFrames() | SendAnswers() | ReceiveMore()))
        {
        }

        _pumping = false;
        if (_closingReason is not null && !_sendUnderWay && _filling.Length == 0)
        {
            Close(_closingReason);
        }

        if (_endOfInput && !_closed && !_sendUnderWay && (!_busy || _receiver.IsEmpty))
        {
            Close(null);
        }
    }

    private bool TakeFrames()
    {
        bool any = false;
        while (!_closed && !_busy && _filling.Length < OutputLimit)
        {
            FrameStatus status = _receiver.TryTake(out ReadOnlyMemory<byte> frame, out int size);
            if (status == FrameStatus.Refused)
            {
                CloseAfterSending($"a frame of {size} bytes; this broker takes {FrameHeader.FixedSize} to {Broker.Cluster.Options.MaxFrameBytes}");
                break;
            }

            if (status == FrameStatus.Incomplete)
            {
                break;
            }

            any = true;
            Dispatch(frame);
        }

        return any;
    }

    private void Dispatch(ReadOnlyMemory<byte> frame)
    {
        _busy = true;
        short apiKey = BinaryPrimitives.ReadInt16BigEndian(frame.Span);
        short version = BinaryPrimitives.ReadInt16BigEndian(frame.Span[2..]);
        RequestHandler? handler = Broker.Handlers.Find(apiKey, version);
        if (handler is null)
        {
            CloseAfterSending($"API key {apiKey} version {version} is not supported by this broker");
            return;
        }

        try
        {
            KafkaReader reader = new(frame.Span);
            FrameHeader header = handler.ReadHeader(ref reader, version);
            ReadOnlyMemory<byte> body = frame[reader.Position..];
            IRequestInterceptor? interceptor = Broker.Cluster.Interceptor;
            if (interceptor is null)
            {
                Handle(header, body.Span, null);
                return;
            }

            InterceptedRequest request = new(this, header, body);
            interceptor.OnRequest(request);
            if (request.IsHeld)
            {
                _held = request;
                return;
            }

            Handle(header, body.Span, request);
        }
        catch (KafkaProtocolException error)
        {
            CloseAfterSending($"a malformed header of {handler.ApiKey} version {version}: {error.Message}");
        }
    }

    /// <summary>Whatever a handler throws ends this connection and nothing else.</summary>
    private void Handle(in FrameHeader header, ReadOnlySpan<byte> body, InterceptedRequest? intercepted)
    {
        RequestVerdict verdict = intercepted?.Verdict ?? RequestVerdict.Apply;
        if (verdict == RequestVerdict.Close)
        {
            Close($"an interceptor closed it before {(ApiKey)header.ApiKey} was applied");
            return;
        }

        // Found before, when the header was read; versions that only ApiVersions accepts are among them.
        RequestHandler handler = Broker.Handlers.Find(header.ApiKey, header.Version)!;
        _context.Begin(handler, header, verdict);
        try
        {
            if (verdict == RequestVerdict.Fail)
            {
                handler.Fail(_context, body, intercepted!.Error);
            }
            else
            {
                handler.Handle(_context, body);
            }
        }
        catch (KafkaProtocolException error)
        {
            CloseAfterSending($"malformed {handler.ApiKey} version {header.Version}, correlation id {header.CorrelationId}: {error.Message}");
        }
        catch (Exception error)
        {
            // A bug of a handler must show itself in the log and must not take the other connections with it.
            Close($"{handler.ApiKey} version {header.Version} failed: {error}");
        }
    }

    private bool SendAnswers()
    {
        if (_closed || _sendUnderWay || _filling.Length == 0)
        {
            return false;
        }

        (_filling, _sending) = (_sending, _filling);
        if (_transport!.Send(_sending.Seal()))
        {
            _sending.Reset();
            return true;
        }

        _sendUnderWay = true;
        return false;
    }

    /// <summary>
    /// Keeps a receive under way as long as there is room, also while a request is parked: so a client that goes away is noticed before the long poll ends.
    /// </summary>
    private bool ReceiveMore()
    {
        if (_closed || _receiveUnderWay || _endOfInput)
        {
            return false;
        }

        Memory<byte> room = _receiver.GetRoom(mayGrow: !_busy && _filling.Length < OutputLimit);
        if (room.IsEmpty)
        {
            return false;
        }

        if (!_transport!.Receive(room, out int count))
        {
            _receiveUnderWay = true;
            return false;
        }

        Received(count);
        return true;
    }

    private void Received(int count)
    {
        if (count == 0)
        {
            _endOfInput = true;
            return;
        }

        _receiver.Received(count);
    }
}
