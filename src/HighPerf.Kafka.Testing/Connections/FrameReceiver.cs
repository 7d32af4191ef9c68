using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Testing.Connections;

/// <summary>
/// Cuts what is received into frames (int32 size, then that many bytes). The buffer grows with what has really arrived, at most by doubling, so that a frame
/// that only claims to be large costs nothing. Owner: the cluster's loop; the free part belongs to the transport while a receive is under way.
/// </summary>
internal sealed class FrameReceiver : IDisposable
{
    private const int InitialSize = 8 * 1024;

    /// <summary>A buffer that filled up in one receive doubles up to this size, whatever the frames' sizes: fewer system calls for a busy connection.</summary>
    private const int BusySize = 256 * 1024;

    private readonly BufferPool _pool;
    private readonly int _maxFrame;
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private int _needed = 4;
    private bool _filledUp;

    public FrameReceiver(BufferPool pool, int maxFrame)
    {
        _pool = pool;
        _maxFrame = maxFrame;
    }

    /// <summary>Whether nothing is received that was not taken.</summary>
    public bool IsEmpty => _start == _end;

    /// <summary>Takes the next whole frame, without its size. The bytes are valid until <see cref="GetRoom"/>.</summary>
    /// <param name="size">The frame's size as claimed.</param>
    public FrameStatus TryTake(out ReadOnlyMemory<byte> frame, out int size)
    {
        frame = default;
        size = 0;
        int available = _end - _start;
        if (available < 4)
        {
            _needed = 4;
            return FrameStatus.Incomplete;
        }

        size = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));
        if (size < FrameHeader.FixedSize || size > _maxFrame)
        {
            return FrameStatus.Refused;
        }

        if (available - 4 < size)
        {
            _needed = size + 4;
            return FrameStatus.Incomplete;
        }

        frame = _buffer.AsMemory(_start + 4, size);
        _start += 4 + size;
        _needed = 4;
        return FrameStatus.Whole;
    }

    /// <summary>Free room to receive into; empty when there is none and none may be made.</summary>
    public Memory<byte> GetRoom(bool mayGrow)
    {
        if (_start == _end)
        {
            _start = 0;
            _end = 0;
        }

        if (_filledUp && mayGrow)
        {
            Move(_pool.Rent(2 * _buffer.Length));
        }
        else if (_start == 0 && _end == _buffer.Length)
        {
            if (mayGrow || _end == 0)
            {
                // Full, and the frame goes on: the only other reason to grow.
                Move(_pool.Rent(Math.Max(InitialSize, Math.Min(2 * _buffer.Length, _needed))));
            }
        }
        else if (_end == _buffer.Length || _buffer.Length - _start < _needed)
        {
            Move(_buffer);
        }

        return _buffer.AsMemory(_end);
    }

    public void Received(int count)
    {
        _filledUp = _end + count == _buffer.Length && _buffer.Length < BusySize;
        _end += count;
    }

    public void Dispose()
    {
        byte[] buffer = _buffer;
        _buffer = [];
        _start = 0;
        _end = 0;
        if (buffer.Length > 0)
        {
            _pool.Return(buffer);
        }
    }

    /// <summary>Moves what is unread to the front of <paramref name="target"/>, which may be the same array.</summary>
    private void Move(byte[] target)
    {
        int unread = _end - _start;
        _buffer.AsSpan(_start, unread).CopyTo(target);
        if (target != _buffer)
        {
            if (_buffer.Length > 0)
            {
                _pool.Return(_buffer);
            }

            _buffer = target;
            _filledUp = false;
        }

        _start = 0;
        _end = unread;
    }
}
