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
internal sealed partial class BrokerConnection : ITransportHandler, IThreadPoolWorkItem
{
    /// <summary>No further request is taken while this many bytes of answers wait to be sent.</summary>
    private const int OutputLimit = 4 * 1024 * 1024;

    private readonly FrameReceiver _receiver;
    private readonly RequestContext _context;
    private ResponseBuffer _filling;
    private ResponseBuffer _sending;
    private ITransportConnection? _transport;
    private IParkedRequest? _parked;
    private bool _receiveUnderWay;
    private bool _sendUnderWay;
    private bool _busy;
    private bool _pumping;
    private bool _endOfInput;
    private bool _resumePosted;
    private bool _halfOpen;
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

        Abandon(reason);
        _transport!.Close();
    }

    /// <summary>Begins or ends a cut of the network: while it lasts nothing is read, handled or sent, and nothing is lost either.</summary>
    public void SetCut(bool isCut)
    {
        if (_cut != isCut)
        {
            _cut = isCut;
            GoOn();
        }
    }

    /// <summary>Takes no further request and closes once the answers before this one are sent, as they would be by a broker that sends one by one.</summary>
    private void CloseAfterSending(string reason)
    {
        _busy = true;
        _closingReason ??= reason;
        GoOn();
    }

    /// <summary>
    /// Pumps in a turn of its own, unless the pump runs: what ends a request may be someone else's event (an append woke a fetch), and connections never nest.
    /// </summary>
    private void GoOn()
    {
        if (!_pumping && !_resumePosted)
        {
            _resumePosted = true;
            Loop.Post(this);
        }
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
        Abandon(null);
        Unmute();
        _receiver.Dispose();
        _filling.Dispose();
        _sending.Dispose();
        Broker.Forget(this);
    }

    /// <summary>Works until everything waits for the network or for a parked request. Transports may complete at once, hence the loop.</summary>
    private void Pump()
    {
        if (_pumping || _cut)
        {
            return;
        }

        _pumping = true;
        if (_cutRequest is not null && !_closed)
        {
            ArriveAfterCut();
        }

        while (!_closed && !_cut && (TakeFrames() | SendAnswers() | ReceiveMore()))
        {
        }

        _pumping = false;
        if (_cut)
        {
            return;
        }

        if (_closingReason is not null && !_sendUnderWay && _filling.Length == 0)
        {
            Close(_closingReason);
        }

        if (_endOfInput && !_closed && !_sendUnderWay && (!(_busy || IsMuted) || _receiver.IsEmpty))
        {
            Close(null);
        }
    }

    private bool TakeFrames()
    {
        bool any = false;
        while (!_closed && !_cut && !_busy && !IsMuted && _filling.Length < OutputLimit)
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
        if (_closed || _receiveUnderWay || _endOfInput || _halfOpen)
        {
            return false;
        }

        Memory<byte> room = _receiver.GetRoom(mayGrow: !_busy && !IsMuted && _filling.Length < OutputLimit);
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
