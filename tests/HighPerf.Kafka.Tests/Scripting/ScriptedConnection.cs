using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Tests.Scripting;

/// <summary>The broker's end of one connection. Frames go to the script; the script answers, or sends whatever bytes it likes.</summary>
internal sealed class ScriptedConnection : ITransportHandler
{
    private readonly ScriptedBroker _broker;
    private readonly byte[] _buffer = new byte[8192];
    private readonly List<byte> _received = [];
    private readonly Queue<byte[]> _toSend = new();
    private ITransportConnection? _transport;
    private bool _isSending;

    public ScriptedConnection(ScriptedBroker broker, int number)
    {
        _broker = broker;
        Number = number;
    }

    /// <summary>0 for the first that was accepted.</summary>
    public int Number { get; }

    public bool IsClosed { get; private set; }

    public List<ScriptedRequest> Requests { get; } = [];

    public void Begin(ITransportConnection transport)
    {
        _transport = transport;
        ReceiveMore();
    }

    public void Answer<T>(ScriptedRequest request, T response)
        where T : class, IKafkaMessage<T> => Answer(request, response, request.Version);

    public void Answer<T>(ScriptedRequest request, T response, short version)
        where T : class, IKafkaMessage<T>
    {
        byte[] frame = new byte[ResponseFrame.GetSize(response, version)];
        ResponseFrame.Write(frame, response, version, request.CorrelationId);
        Send(frame);
    }

    /// <summary>A frame of which only the correlation id is right.</summary>
    public void AnswerRaw(int correlationId, params byte[] body)
    {
        byte[] frame = new byte[8 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, 4 + body.Length);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), correlationId);
        body.CopyTo(frame, 8);
        Send(frame);
    }

    public void Send(byte[] bytes)
    {
        _toSend.Enqueue(bytes);
        SendMore();
    }

    public void Close()
    {
        if (!IsClosed)
        {
            IsClosed = true;
            _transport!.Close();
        }
    }

    public void OnConnected()
    {
    }

    public void OnReceived(int count)
    {
        if (Take(count))
        {
            ReceiveMore();
        }
    }

    public void OnSent()
    {
        _isSending = false;
        SendMore();
    }

    public void OnFaulted(Exception error) => Close();

    public void OnClosed() => IsClosed = true;

    private void ReceiveMore()
    {
        while (!IsClosed && _transport!.Receive(_buffer, out int count))
        {
            if (!Take(count))
            {
                return;
            }
        }
    }

    private bool Take(int count)
    {
        if (count == 0)
        {
            Close();
            return false;
        }

        _received.AddRange(_buffer.AsSpan(0, count));
        while (_received.Count >= 4)
        {
            int size = BinaryPrimitives.ReadInt32BigEndian(_received.GetRange(0, 4).ToArray());
            if (_received.Count < 4 + size)
            {
                break;
            }

            byte[] frame = _received.GetRange(4, size).ToArray();
            _received.RemoveRange(0, 4 + size);
            ScriptedRequest request = ScriptedRequest.Read(frame);
            Requests.Add(request);
            _broker.Handle(this, request);
        }

        return !IsClosed;
    }

    private void SendMore()
    {
        while (!_isSending && !IsClosed && _toSend.TryDequeue(out byte[]? bytes))
        {
            _isSending = !_transport!.Send([new ArraySegment<byte>(bytes)]);
        }
    }
}
