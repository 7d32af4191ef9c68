namespace HighPerf.Kafka.Runtime;

/// <summary>
/// One direction of a simulated connection. What is sent is cut into pieces; each piece takes its time, never overtaking the one before; the sender
/// is held up while more than the window is under way or unread. Owner: the simulation's thread.
/// </summary>
internal sealed class SimulatedChannel(SimulatedNetwork network, SimulatedConnection writer, SimulatedConnection reader)
{
    /// <summary>Arrived and not read yet, in order.</summary>
    private readonly Queue<byte[]> _arrived = [];

    private int _readOfFirst;
    private int _occupied;
    private TimeSpan _lastArrival;

    /// <summary>The send under way, and how far it is.</summary>
    private List<ArraySegment<byte>>? _writing;
    private int _writtenSegments;
    private int _writtenBytes;

    private bool _writerEnded;
    private bool _endArrived;
    private bool _readerEnded;
    private bool _reset;
    private bool _stalled;

    /// <summary>Whether a read gives something: bytes, or the end.</summary>
    public bool CanRead => _arrived.Count > 0 || _endArrived;

    /// <summary>Sends; true when complete at once.</summary>
    public bool Write(List<ArraySegment<byte>> buffers)
    {
        if (_writing is not null)
        {
            throw new InvalidOperationException("A send is under way; there is one at a time.");
        }

        if (_reset || _readerEnded)
        {
            writer.NoticeReset("sending");
            return false;
        }

        _writing = buffers;
        _writtenSegments = 0;
        _writtenBytes = 0;
        Accept();
        if (_writing is not null || _reset)
        {
            return false;
        }

        if (network.Random.Chance(network.Plan.AtOnceProbability))
        {
            return true;
        }

        writer.NoticeSent();
        return false;
    }

    /// <summary>Reads what has arrived, perhaps less than would fit; 0 at the end.</summary>
    public int Read(Span<byte> destination)
    {
        int available = -_readOfFirst;
        foreach (byte[] piece in _arrived)
        {
            available += piece.Length;
        }

        int wanted = Cut(Math.Min(available, destination.Length));
        int taken = 0;
        while (taken < wanted)
        {
            byte[] first = _arrived.Peek();
            int length = Math.Min(first.Length - _readOfFirst, wanted - taken);
            first.AsSpan(_readOfFirst, length).CopyTo(destination[taken..]);
            taken += length;
            _readOfFirst += length;
            if (_readOfFirst == first.Length)
            {
                _arrived.Dequeue();
                _readOfFirst = 0;
            }
        }

        network.Log.Add(SimulatedEventKind.Receive, reader.Id, (ulong)taken);
        _occupied -= taken;
        AcceptLater();
        return taken;
    }

    /// <summary>The writer closes: what is under way still arrives, then the end.</summary>
    public void EndWriting()
    {
        _writing = null;
        if (!_writerEnded)
        {
            _writerEnded = true;
            Travel(() => Arrive(end: true, []));
        }
    }

    /// <summary>The reader closes: the writer learns of it when it sends on.</summary>
    public void EndReading()
    {
        _readerEnded = true;
        _arrived.Clear();
        _readOfFirst = 0;
        if (_writing is not null)
        {
            _writing = null;
            writer.NoticeReset("sending");
        }
    }

    /// <summary>Everything under way is lost. The reader sees a reset or the end, the writer a reset when it sends.</summary>
    public void Break()
    {
        if (_reset)
        {
            return;
        }

        _reset = true;
        _stalled = false;
        if (_writing is not null)
        {
            _writing = null;
            writer.NoticeReset("sending");
        }

        bool asReset = network.Random.Chance(network.Plan.ResetProbability);
        network.After(network.DrawDelay(), () =>
        {
            if (_readerEnded)
            {
                return;
            }

            if (asReset)
            {
                reader.NoticeReset("receiving");
            }
            else
            {
                _endArrived = true;
                reader.NoticeReadable();
            }
        });
    }

    /// <summary>Nothing arrives any more.</summary>
    public void Stall() => _stalled = true;

    /// <summary>Takes bytes of the send under way into the window; completes it when it has them all.</summary>
    private void Accept()
    {
        while (_writing is not null)
        {
            if (_writtenSegments == _writing.Count)
            {
                _writing = null;
                return;
            }

            ArraySegment<byte> rest = _writing[_writtenSegments].Slice(_writtenBytes);
            int length = Cut(Math.Min(rest.Count, network.Plan.Window - _occupied));
            if (rest.Count > 0 && length <= 0)
            {
                return;
            }

            _writtenBytes += length;
            if (length == rest.Count)
            {
                _writtenSegments++;
                _writtenBytes = 0;
            }

            if (length > 0)
            {
                SendPiece(rest.AsSpan(0, length).ToArray());
            }
        }
    }

    private void AcceptLater()
    {
        if (_writing is null)
        {
            return;
        }

        Accept();
        if (_writing is null && !_reset)
        {
            writer.NoticeSent();
        }
    }

    private void SendPiece(byte[] piece)
    {
        _occupied += piece.Length;
        network.Log.Add(SimulatedEventKind.Send, writer.Id, (ulong)piece.Length, piece);
        if (network.Random.Chance(network.Plan.BreakProbability))
        {
            writer.BreakBoth();
            return;
        }

        if (network.Random.Chance(network.Plan.StallProbability))
        {
            network.Log.Add(SimulatedEventKind.Fault, writer.Id, 3);
            Stall();
        }

        Travel(() => Arrive(end: false, piece));
    }

    private void Travel(Action arrive)
    {
        TimeSpan arrival = network.Scheduler.Now + network.DrawDelay();
        _lastArrival = arrival > _lastArrival ? arrival : _lastArrival;
        network.Scheduler.Arm(new SimulatedEvent(arrive), _lastArrival);
    }

    private void Arrive(bool end, byte[] piece)
    {
        if (_stalled || _reset || _readerEnded)
        {
            return;
        }

        if (end)
        {
            _endArrived = true;
        }
        else
        {
            _arrived.Enqueue(piece);
        }

        reader.NoticeReadable();
    }

    private int Cut(int length) =>
        length > 1 && network.Random.Chance(network.Plan.CutProbability) ? 1 + network.Random.Next(length) : length;
}
