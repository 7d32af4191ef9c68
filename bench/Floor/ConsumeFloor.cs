using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HighPerf.Kafka.Floor;

/// <summary>
/// Consumes: receives a whole fetch response, notes where each partition's next fetch begins, asks for the next response, and then, while the broker
/// answers, checks the sum of each batch and walks its records. Every key and value is read into a checksum.
/// </summary>
internal sealed class ConsumeFloor(FloorOptions options, int port) : IDisposable
{
    private const string Topic = "floor";

    private readonly Line _line = new(port);
    private readonly Crc32C _crc = new();
    private readonly byte[] _request = new byte[128 + (32 * options.Partitions)];
    private readonly byte[] _answer = new byte[options.FetchBytes + (1024 * 1024) + (128 * options.Partitions)];
    private readonly long[] _offsets = new long[options.Partitions];
    private readonly List<(int Start, int Length)> _buffers = [];
    private int _correlation;

    /// <summary>The sum over what was read: so that no read can be left out, and two runs can be compared.</summary>
    public ulong Checksum { get; private set; }

    public (string Figure, double Value)[] Run(long records)
    {
        Meter meter = new();
        long seen = 0;
        SendFetch();
        while (seen < records)
        {
            Split(_line.ReceiveFrame(_answer));
            SendFetch();
            foreach ((int start, int length) in _buffers)
            {
                seen += WalkBatches(_answer.AsSpan(start, length));
            }
        }

        (string, double)[] figures = meter.PerRecord(seen, options.Size);
        _line.ReceiveFrame(_answer);
        return figures;
    }

    public void Dispose() => _line.Dispose();

    private void SendFetch()
    {
        Cursor request = new(_request);
        request.Int32(0);
        request.Int16(1);
        request.Int16(11);
        request.Int32(_correlation++);
        request.String("floor");
        request.Int32(-1);
        request.Int32(500);
        request.Int32(1);
        request.Int32(options.FetchBytes);
        request.Int8(0);
        request.Int32(0);
        request.Int32(-1);
        request.Int32(1);
        request.String(Topic);
        request.Int32(_offsets.Length);
        for (int i = 0; i < _offsets.Length; i++)
        {
            request.Int32(i);
            request.Int32(-1);
            request.Int64(_offsets[i]);
            request.Int64(-1);
            request.Int32(1024 * 1024);
        }

        request.Int32(0);
        request.String("");
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(_request, request.Position - 4);
        _line.SendAll(_request.AsSpan(0, request.Position));
    }

    /// <summary>Finds each partition's records in the answer, and the offset after its last batch.</summary>
    private void Split(int length)
    {
        _buffers.Clear();
        Cursor answer = new(_answer.AsSpan(0, length));
        answer.Skip(18);
        answer.SkipString();
        for (int left = answer.ReadInt32(); left > 0; left--)
        {
            int partition = answer.ReadInt32();
            short error = answer.ReadInt16();
            answer.Skip(24);
            answer.Skip(16 * Math.Max(answer.ReadInt32(), 0));
            answer.Skip(4);
            int size = answer.ReadInt32();
            if (error != 0)
            {
                throw new IOException($"The broker answered the fetch of partition {partition} with error {error}.");
            }

            _buffers.Add((answer.Position, size));
            NoteOffset(partition, answer.Position, size);
            answer.Skip(size);
        }
    }

    private void NoteOffset(int partition, int start, int size)
    {
        for (int position = start; position + Batch.HeaderSize <= start + size;)
        {
            Cursor header = new(_answer.AsSpan(position));
            long baseOffset = header.ReadInt64();
            int length = header.ReadInt32();
            header.Skip(11);
            _offsets[partition] = baseOffset + header.ReadInt32() + 1;
            position += 12 + length;
        }
    }

    private long WalkBatches(Span<byte> bytes)
    {
        long records = 0;
        while (bytes.Length >= Batch.HeaderSize)
        {
            Cursor header = new(bytes);
            header.Skip(8);
            int length = header.ReadInt32() + 12;
            header.Skip(5);
            uint crc = (uint)header.ReadInt32();
            header.Skip(36);
            int count = header.ReadInt32();
            if (_crc.Compute(bytes[21..length]) != crc)
            {
                throw new IOException("The sum of a batch is wrong.");
            }

            Checksum += Walk(ref MemoryMarshal.GetReference(bytes[Batch.HeaderSize..]), count);
            records += count;
            bytes = bytes[length..];
        }

        return records;
    }

    /// <summary>Walks records whose batch has the right sum, so their lengths are taken as they are.</summary>
    private static ulong Walk(ref byte at, int count)
    {
        ulong checksum = 0;
        for (int i = 0; i < count; i++)
        {
            at = ref Read(ref at, out int length);
            ref byte next = ref Unsafe.Add(ref at, length);
            at = ref Read(ref Unsafe.Add(ref at, 1), out _);
            at = ref Read(ref at, out _);
            at = ref Read(ref at, out int keyLength);
            checksum += keyLength >= 8 ? Unsafe.ReadUnaligned<ulong>(ref at) : 0;
            at = ref Read(ref Unsafe.Add(ref at, Math.Max(keyLength, 0)), out int valueLength);
            checksum += valueLength >= 8 ? Unsafe.ReadUnaligned<ulong>(ref at) : 0;
            at = ref next;
        }

        return checksum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref byte Read(ref byte at, out int value)
    {
        uint first = at;
        if (first < 128)
        {
            value = (int)(first >> 1) ^ -(int)(first & 1);
            return ref Unsafe.Add(ref at, 1);
        }

        uint second = Unsafe.Add(ref at, 1);
        if (second < 128)
        {
            uint both = (first & 127) | (second << 7);
            value = (int)(both >> 1) ^ -(int)(both & 1);
            return ref Unsafe.Add(ref at, 2);
        }

        return ref ReadLong(ref at, out value);
    }

    private static ref byte ReadLong(ref byte at, out int value)
    {
        ulong bits = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = at;
            at = ref Unsafe.Add(ref at, 1);
            bits |= (ulong)(next & 127) << shift;
            if (next < 128 || shift > 63)
            {
                value = (int)(bits >> 1) ^ -(int)(bits & 1);
                return ref at;
            }
        }
    }
}
