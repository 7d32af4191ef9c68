using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Benchmarks.Producing;

/// <summary>
/// A connection to the broker that throws records away. Each request is answered when it is sent; the answer is received in a later turn of the loop. It
/// knows the few requests of a producer in versions without tagged fields. Owner: the loop.
/// </summary>
internal sealed class ThrowawayConnection : ITransportConnection, IThreadPoolWorkItem
{
    private const short NewestProduce = 8;
    private const short NewestMetadata = 8;
    private const int FrameHead = 8;

    private readonly int _partitions;
    private readonly EventLoop _loop;
    private readonly ITransportHandler _handler;
    private byte[] _answers = new byte[64 * 1024];
    private int _start;
    private int _end;
    private Memory<byte> _receiving;
    private bool _isReceiving;
    private bool _isPosted;
    private bool _isConnected;
    private bool _isClosed;

    public ThrowawayConnection(int partitions, EventLoop loop, ITransportHandler handler)
    {
        _partitions = partitions;
        _loop = loop;
        _handler = handler;
        Post();
    }

    public string RemoteName => "throwaway:9092";

    public bool Receive(Memory<byte> buffer, out int count)
    {
        count = 0;
        if (_end == _start)
        {
            _receiving = buffer;
            _isReceiving = true;
            return false;
        }

        count = Take(buffer.Span);
        return true;
    }

    public bool Send(List<ArraySegment<byte>> buffers)
    {
        SegmentCursor request = new(buffers);
        while (!request.IsAtEnd)
        {
            Answer(ref request);
        }

        if (_isReceiving && _end > _start)
        {
            Post();
        }

        return true;
    }

    public void Close()
    {
        _isClosed = true;
        _isReceiving = false;
        Post();
    }

    /// <summary>A turn of the loop: what is to be told is told.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        _isPosted = false;
        if (_isClosed)
        {
            _handler.OnClosed();
        }
        else if (!_isConnected)
        {
            _isConnected = true;
            _handler.OnConnected();
        }
        else if (_isReceiving && _end > _start)
        {
            _isReceiving = false;
            _handler.OnReceived(Take(_receiving.Span));
        }
    }

    private void Post()
    {
        if (!_isPosted)
        {
            _isPosted = true;
            _loop.Post(this);
        }
    }

    private int Take(Span<byte> destination)
    {
        int count = Math.Min(destination.Length, _end - _start);
        _answers.AsSpan(_start, count).CopyTo(destination);
        _start += count;
        if (_start == _end)
        {
            _start = _end = 0;
        }

        return count;
    }

    private void Answer(ref SegmentCursor request)
    {
        int size = request.ReadInt32();
        ApiKey api = (ApiKey)request.ReadInt16();
        short version = request.ReadInt16();
        int correlation = request.ReadInt32();
        Span<byte> client = stackalloc byte[256];
        int rest = size - 10 - request.ReadString(client);
        int frame = _end;
        Room(FrameHead);
        BinaryPrimitives.WriteInt32BigEndian(_answers.AsSpan(frame + 4), correlation);
        switch (api)
        {
            case ApiKey.Produce:
                AnswerProduce(ref request);
                break;
            case ApiKey.ApiVersions:
                request.Skip(rest);
                Write(Versions(version), 0);
                break;
            case ApiKey.Metadata:
                Write(Metadata(ref request, rest), version);
                break;
            case ApiKey.InitProducerId:
                request.Skip(rest);
                Write(new InitProducerIdResponse { ProducerId = 1, ProducerEpoch = 0 }, version);
                break;
            default:
                throw new NotSupportedException($"The broker that throws records away does not know {api}.");
        }

        BinaryPrimitives.WriteInt32BigEndian(_answers.AsSpan(frame), _end - frame - 4);
    }

    // Version 8: count, then name and partitions of each topic, and the throttle time.
    private void AnswerProduce(ref SegmentCursor request)
    {
        Span<byte> name = stackalloc byte[256];
        request.ReadString(name); // transactional id
        request.Skip(sizeof(short) + sizeof(int)); // acks, time limit
        int topics = request.ReadInt32();
        Int32(topics);
        for (; topics > 0; topics--)
        {
            int length = request.ReadString(name);
            Int16((short)length);
            name[..length].CopyTo(Room(length));
            int partitions = request.ReadInt32();
            Int32(partitions);
            for (; partitions > 0; partitions--)
            {
                Int32(request.ReadInt32());
                request.Skip(request.ReadInt32()); // the records
                Int16((short)ErrorCode.None);
                Int64(0); // base offset
                Int64(-1); // log append time
                Int64(0); // log start offset
                Int32(0); // record errors
                Int16(-1); // message
            }
        }

        Int32(0);
    }

    // A client that begins with a version of today is told the ones there are, in the form of version 0.
    private static ApiVersionsResponse Versions(short version) => new()
    {
        ErrorCode = (short)(version > 0 ? ErrorCode.UnsupportedVersion : ErrorCode.None),
        ApiKeys =
        [
            new() { ApiKey = (short)ApiKey.Produce, MinVersion = NewestProduce, MaxVersion = NewestProduce },
            new() { ApiKey = (short)ApiKey.Metadata, MinVersion = NewestMetadata, MaxVersion = NewestMetadata },
            new() { ApiKey = (short)ApiKey.ApiVersions, MinVersion = 0, MaxVersion = 0 },
            new() { ApiKey = (short)ApiKey.InitProducerId, MinVersion = 0, MaxVersion = 1 },
        ],
    };

    private MetadataResponse Metadata(ref SegmentCursor request, int size)
    {
        MetadataResponse metadata = new()
        {
            ClusterId = "throwaway",
            ControllerId = 1,
            Brokers = [new() { NodeId = 1, Host = "throwaway", Port = 9092 }],
        };
        int read = sizeof(int);
        for (int left = request.ReadInt32(); left > 0; left--)
        {
            string name = request.ReadString();
            read += sizeof(short) + name.Length;
            metadata.Topics.Add(new()
            {
                Name = name,
                Partitions = [.. Enumerable.Range(0, _partitions).Select(static index => new MetadataResponse.MetadataResponsePartition
                {
                    PartitionIndex = index, LeaderId = 1, LeaderEpoch = 1, ReplicaNodes = [1], IsrNodes = [1],
                })],
            });
        }

        request.Skip(size - read);
        return metadata;
    }

    private void Write(IKafkaMessage message, short version)
    {
        KafkaWriter writer = new(Room(message.GetSize(version)));
        message.Write(ref writer, version);
    }

    private void Int16(short value) => BinaryPrimitives.WriteInt16BigEndian(Room(sizeof(short)), value);

    private void Int32(int value) => BinaryPrimitives.WriteInt32BigEndian(Room(sizeof(int)), value);

    private void Int64(long value) => BinaryPrimitives.WriteInt64BigEndian(Room(sizeof(long)), value);

    private Span<byte> Room(int count)
    {
        if (_answers.Length - _end < count)
        {
            Array.Resize(ref _answers, Math.Max(2 * _answers.Length, _end + count));
        }

        _end += count;
        return _answers.AsSpan(_end - count, count);
    }
}
