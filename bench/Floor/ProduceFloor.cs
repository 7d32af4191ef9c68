using System.Buffers.Binary;
using System.Net.Sockets;

namespace HighPerf.Kafka.Floor;

/// <summary>
/// Produces: copies each key and value into the batch of a partition, the partitions in turn; when the batches are full it sums them and sends
/// them all in one gathered Produce request, at most five of which are unanswered.
/// </summary>
internal sealed class ProduceFloor(FloorOptions options, int port) : IDisposable
{
    private const string Topic = "floor";
    private const int InFlight = 5;

    private readonly Line _line = new(port);
    private readonly Crc32C _crc = new();
    private readonly Batch[] _batches =
        [
        .. Enumerable.Range(0, options.Partitions)
            .Select(_ => new Batch(Math.Max(options.BatchBytes, options.Size + Batch.HeaderSize + Batch.RecordOverhead))),
    ];

    private readonly byte[] _head = new byte[256];
    private readonly byte[] _partitionHeads = new byte[8 * options.Partitions];
    private readonly byte[] _answer = new byte[64 * 1024];
    private readonly byte[] _key = new byte[options.Key];
    private readonly byte[] _value = new byte[options.Size - options.Key];
    private readonly List<ArraySegment<byte>> _segments = [];
    private int _unanswered;
    private int _correlation;

    public (string Figure, double Value)[] Run(long records)
    {
        Meter meter = new();
        int partition = 0;
        for (long i = 0; i < records; i++)
        {
            if (_key.Length == 8)
            {
                BinaryPrimitives.WriteInt64LittleEndian(_key, i);
            }

            Batch batch = _batches[partition];
            if (!batch.HasRoomFor(options.Size))
            {
                SendAll();
            }

            batch.Append(_key, _value);
            partition = partition + 1 == _batches.Length ? 0 : partition + 1;
        }

        SendAll();
        while (_unanswered > 0)
        {
            ReceiveAnswer();
        }

        return meter.PerRecord(records, options.Size);
    }

    public void Dispose() => _line.Dispose();

    private void SendAll()
    {
        _segments.Clear();
        _segments.Add(default);
        int partitions = 0;
        int total = 0;
        for (int i = 0; i < _batches.Length; i++)
        {
            if (_batches[i].Count > 0)
            {
                ArraySegment<byte> sealedBatch = _batches[i].Seal(_crc);
                BinaryPrimitives.WriteInt32BigEndian(_partitionHeads.AsSpan(8 * i), i);
                BinaryPrimitives.WriteInt32BigEndian(_partitionHeads.AsSpan((8 * i) + 4), sealedBatch.Count);
                _segments.Add(new ArraySegment<byte>(_partitionHeads, 8 * i, 8));
                _segments.Add(sealedBatch);
                total += 8 + sealedBatch.Count;
                partitions++;
            }
        }

        _segments[0] = WriteHead(partitions, total);
        _line.Socket.Send(_segments, SocketFlags.None);
        if (++_unanswered == InFlight)
        {
            ReceiveAnswer();
        }
    }

    /// <summary>Size, request header and the fields of Produce, version 7, before the first partition.</summary>
    private ArraySegment<byte> WriteHead(int partitions, int total)
    {
        Cursor head = new(_head);
        head.Int32(0);
        head.Int16(0);
        head.Int16(7);
        head.Int32(_correlation++);
        head.String("floor");
        head.String(null);
        head.Int16(-1);
        head.Int32(30_000);
        head.Int32(1);
        head.String(Topic);
        head.Int32(partitions);
        BinaryPrimitives.WriteInt32BigEndian(_head, head.Position - 4 + total);
        return new ArraySegment<byte>(_head, 0, head.Position);
    }

    private void ReceiveAnswer()
    {
        int length = _line.ReceiveFrame(_answer);
        _unanswered--;
        Cursor answer = new(_answer.AsSpan(0, length));
        answer.Skip(8);
        answer.SkipString();
        for (int left = answer.ReadInt32(); left > 0; left--)
        {
            int partition = answer.ReadInt32();
            short error = answer.ReadInt16();
            answer.Skip(24);
            if (error != 0)
            {
                throw new IOException($"The broker refused the batch of partition {partition} with error {error}.");
            }
        }
    }
}
