using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Connections;

/// <content>Bytes out and in. The life of the connection is in the other part, agreeing on versions in the third.</content>
internal sealed partial class BrokerConnection
{
    // How many receives may complete at once before other work of the loop gets its turn.
    private const int ReceivesPerTurn = 16;

    private readonly FrameReceiver _frames;
    private readonly InFlightRing _ring;
    private readonly Queue<BrokerRequest> _pending = new();
    private readonly ResumeItem _resumeReceiving;

    private OutgoingBatch _filling;
    private OutgoingBatch _sending;
    private int _nextCorrelationId;

    // Requests that have no answer were given the correlation ids from the first of these to the last.
    private int _firstSilentId;
    private int _lastSilentId = -1;

    // Ring places below this were given to the transport, below the other one sent completely.
    private long _handedOver;
    private long _sent;
    private bool _isSending;
    private bool _isReceiving;

    // While answers are handled, or sends completed, what their handlers send is collected into one gathered send.
    private bool _isCorked;

    // An answer arrived while its own request is still being sent: it waits, because its completion lets the request's bytes go.
    private bool _isStalled;

    void ITransportHandler.OnSent()
    {
        CompleteSend();
        if (!IsUsable)
        {
            return;
        }

        if (_isStalled)
        {
            _isStalled = false;
            HandleFrames();
            ReceiveMore();
        }

        Pump();
        ReportFreeSlots();
    }

    void ITransportHandler.OnReceived(int count)
    {
        _isReceiving = false;
        if (Accept(count))
        {
            ReceiveMore();
        }
    }

    private void Pump()
    {
        while (_pending.Count > 0 && CanWrite())
        {
            Write(_pending.Dequeue());
        }

        if (_pending.Count > 0)
        {
            _reportFreeSlots = true;
        }

        Flush();
    }

    private bool CanWrite() => _phase == ConnectionPhase.Open && _ring.Free > 0 && !IsThrottled &&
        _filling.WithoutResponse.Count < _runtime.Options.MaxInFlightRequests;

    private void Write(BrokerRequest request)
    {
        short version = Versions!.Choose(request.ApiKey, request.LowestVersion, request.HighestVersion);
        if (version < 0)
        {
            string why = Versions.DescribeMismatch(request.ApiKey, request.LowestVersion, request.HighestVersion, Endpoint.ToString());
            request.OnFailed(new KafkaBrokerException(ErrorCode.UnsupportedVersion, request.ApiKey, Endpoint.ToString(), null, why), maybeSent: false);
            return;
        }

        WriteFrame(request, request.Settle(version));
        _reportFreeSlots |= _ring.Free == 0;
    }

    /// <summary><c>size: int32 | api key: int16 | version: int16 | correlation id: int32 | client id: string | [tags] | body</c></summary>
    private void WriteFrame(BrokerRequest request, short version)
    {
        RequestWriter writer = _filling.Writer;
        writer.BeginFrame();
        try
        {
            WriteHeader(writer, request, version);
            request.Encode(writer, version);
            writer.EndFrame();
        }
        catch (Exception error)
        {
            // Whatever it is, it concerns this request alone: its bytes are taken back, and those of the others stay whole.
            writer.AbandonFrame();
            request.OnFailed(ConnectionErrors.AsKafka(error, request, Endpoint), maybeSent: false);
            return;
        }

        if (request.ExpectsResponse)
        {
            _ring.Add(request, _nextCorrelationId, version);
        }
        else
        {
            _filling.WithoutResponse.Add(request);
            _firstSilentId = _lastSilentId < 0 ? _nextCorrelationId : _firstSilentId;
            _lastSilentId = _nextCorrelationId;
        }

        _nextCorrelationId++;
    }

    private void WriteHeader(RequestWriter output, BrokerRequest request, short version)
    {
        byte[] clientId = _runtime.ClientIdBytes;
        bool flexible = request.IsFlexible(version);
        int size = 2 + 2 + 4 + 2 + clientId.Length + (flexible ? 1 : 0);
        KafkaWriter writer = new(output.GetSpan(size));
        writer.WriteInt16((short)request.ApiKey);
        writer.WriteInt16(version);
        writer.WriteInt32(_nextCorrelationId);
        writer.WriteInt16((short)clientId.Length);
        writer.WriteRaw(clientId);
        if (flexible)
        {
            writer.WriteUnsignedVarint(0);
        }

        output.Advance(size);
    }

    private void Flush()
    {
        while (!_isSending && !_isCorked && !_filling.Writer.IsEmpty && IsUsable && _transport is not null)
        {
            (_filling, _sending) = (_sending, _filling);
            _handedOver = _ring.TailOrdinal;
            _isSending = true;
            if (!_transport.Send(_sending.Writer.Finish()))
            {
                return;
            }

            CompleteSend();
        }
    }

    /// <summary>A request without an answer is not late in the ring: it is when a broker that reads nothing more leaves its bytes here.</summary>
    private bool FailOverdueSends(TimeSpan now)
    {
        foreach (BrokerRequest request in _sending.WithoutResponse.Concat(_filling.WithoutResponse))
        {
            if (request.Deadline <= now)
            {
                Poison(ConnectionErrors.NotSent(Endpoint, request, "the broker does not take what is sent to it", null));
                return true;
            }
        }

        return false;
    }

    private static TimeSpan EarliestDeadline(OutgoingBatch batch) =>
        batch.WithoutResponse.Count == 0 ? default : batch.WithoutResponse.Min(static request => request.Deadline);

    private void CompleteSend()
    {
        _isSending = false;
        _sent = _handedOver;
        _sending.Writer.Reset();
        if (_sending.WithoutResponse.Count == 0)
        {
            return;
        }

        bool wasCorked = _isCorked;
        _isCorked = true;
        OutgoingBatch done = _sending;
        foreach (BrokerRequest request in done.WithoutResponse)
        {
            request.OnWritten();
        }

        done.WithoutResponse.Clear();
        _isCorked = wasCorked;
    }

    private void ReceiveMore()
    {
        for (int turn = 0; turn < ReceivesPerTurn; turn++)
        {
            if (_isReceiving || _isStalled || _phase is not (ConnectionPhase.Negotiating or ConnectionPhase.Open) || _transport is null)
            {
                return;
            }

            _isReceiving = true;
            if (!_transport.Receive(_frames.GetReceiveMemory(), out int count))
            {
                return;
            }

            _isReceiving = false;
            if (!Accept(count))
            {
                return;
            }
        }

        _loop.Post(_resumeReceiving);
    }

    /// <summary>Bytes came. False: nothing more is to be received.</summary>
    private bool Accept(int count)
    {
        if (_phase is not (ConnectionPhase.Negotiating or ConnectionPhase.Open))
        {
            return false;
        }

        if (count == 0)
        {
            Poison(_phase == ConnectionPhase.Negotiating
                ? ConnectionErrors.ClosedWhileNegotiating(Endpoint)
                : ConnectionErrors.ClosedByBroker(Endpoint, !_frames.IsBetweenFrames));
            return false;
        }

        _frames.Advance(count);
        HandleFrames();
        if (!IsUsable)
        {
            return false;
        }

        Pump();
        ReportFreeSlots();
        return IsUsable;
    }

    private void HandleFrames()
    {
        bool wasCorked = _isCorked;
        _isCorked = true;
        try
        {
            while (IsUsable && !_transportClosing)
            {
                _isStalled = _isSending && _ring.Count > 0 && _ring.HeadOrdinal >= _sent && _ring.HeadOrdinal < _handedOver;
                if (_isStalled || !_frames.TryTake(out SharedBuffer buffer, out int offset, out int length))
                {
                    break;
                }

                HandleFrame(buffer, offset, length);
            }
        }
        catch (KafkaProtocolException error)
        {
            Poison(ConnectionErrors.Malformed(Endpoint, "Malformed bytes", error));
        }
        finally
        {
            _isCorked = wasCorked;
        }
    }

    private void HandleFrame(SharedBuffer buffer, int offset, int length)
    {
        int correlationId = BinaryPrimitives.ReadInt32BigEndian(buffer.Array.AsSpan(offset));
        bool isAwaited = _ring.Count > 0 && _ring.HeadOrdinal < _sent;
        if (!(isAwaited && _ring[0].CorrelationId == correlationId) && IsSilent(correlationId))
        {
            // Some brokers answer where they should not: librdkafka's mock cluster does to acks 0. Nobody waits for it (P15).
            return;
        }

        if (!isAwaited)
        {
            Poison(ConnectionErrors.Unasked(Endpoint, correlationId));
            return;
        }

        ref InFlightRing.Entry oldest = ref _ring[0];
        if (oldest.CorrelationId != correlationId)
        {
            Poison(ConnectionErrors.OutOfOrder(Endpoint, correlationId, oldest.CorrelationId, oldest.Request.ApiKey));
            return;
        }

        InFlightRing.Entry entry = _ring.RemoveOldest();
        BrokerRequest request = entry.Request;
        int throttle;
        try
        {
            int header = HeaderLength(request, entry.Version, buffer.Array.AsSpan(offset, length));
            throttle = request.OnResponse(new ResponseBody(buffer, offset + header, length - header, _runtime.Buffers), entry.Version);
        }
        catch (Exception error)
        {
            // Malformed bytes as a rule. Another exception would be a mistake of ours; its request must still end, and the loop go on.
            KafkaException failure = error is KafkaProtocolException
                ? ConnectionErrors.Malformed(Endpoint, $"Malformed answer to {request.ApiKey} v{entry.Version}", error)
                : ConnectionErrors.AsKafka(error, request, Endpoint);
            request.OnFailed(failure, maybeSent: true);
            Poison(failure);
            return;
        }

        HasServed |= _phase == ConnectionPhase.Open && request is not ApiVersionsExchange;
        if (throttle > 0 && ThrottleRules.ClientWaits(request.ApiKey, entry.Version))
        {
            Throttle(throttle);
        }
    }

    /// <summary>Whether the id was given to a request that has no answer.</summary>
    private bool IsSilent(int correlationId)
    {
        if (correlationId < _firstSilentId || correlationId > _lastSilentId)
        {
            return false;
        }

        for (int i = 0; i < _ring.Count; i++)
        {
            if (_ring[i].CorrelationId == correlationId)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The response header: the correlation id, and tagged fields when the version is flexible; ApiVersions never has them (W2).</summary>
    private static int HeaderLength(BrokerRequest request, short version, ReadOnlySpan<byte> frame)
    {
        if (request.ApiKey == ApiKey.ApiVersions || !request.IsFlexible(version))
        {
            return sizeof(int);
        }

        KafkaReader reader = new(frame);
        reader.ReadInt32();
        uint fields = reader.ReadUnsignedVarint();
        for (uint i = 0; i < fields; i++)
        {
            reader.ReadUnsignedVarint();
            uint size = reader.ReadUnsignedVarint();
            reader.ReadRaw((int)Math.Min(size, int.MaxValue));
        }

        return reader.Position;
    }

    /// <summary>Puts the stream's state back to before the first byte. The transport holds nothing.</summary>
    private void ForgetStream()
    {
        _frames.Release();
        _filling.Writer.Reset();
        _sending.Writer.Reset();
        while (_ring.Count > 0)
        {
            _ring.RemoveOldest();
        }

        _firstSilentId = 0;
        _lastSilentId = -1;
        _handedOver = _ring.TailOrdinal;
        _sent = _ring.TailOrdinal;
        _isSending = false;
        _isReceiving = false;
        _isStalled = false;
    }

    private sealed class ResumeItem(BrokerConnection connection) : IThreadPoolWorkItem
    {
        public void Execute() => connection.ReceiveMore();
    }
}
