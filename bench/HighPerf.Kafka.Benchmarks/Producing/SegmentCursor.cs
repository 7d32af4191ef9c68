using System.Buffers.Binary;
using System.Text;

namespace HighPerf.Kafka.Benchmarks.Producing;

/// <summary>Reads big-endian fields that lie anywhere in a list of segments, and steps over what nobody wants to see. A field may lie in two of them.</summary>
internal struct SegmentCursor(List<ArraySegment<byte>> segments)
{
    private readonly List<ArraySegment<byte>> _segments = segments;
    private int _segment;
    private int _offset;

    public bool IsAtEnd
    {
        get
        {
            Settle();
            return _segment == _segments.Count;
        }
    }

    public short ReadInt16()
    {
        Span<byte> bytes = stackalloc byte[sizeof(short)];
        Read(bytes);
        return BinaryPrimitives.ReadInt16BigEndian(bytes);
    }

    public int ReadInt32()
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        Read(bytes);
        return BinaryPrimitives.ReadInt32BigEndian(bytes);
    }

    public int ReadString(Span<byte> destination)
    {
        int length = Math.Max((int)ReadInt16(), 0);
        Read(destination[..length]);
        return length;
    }

    public string ReadString()
    {
        Span<byte> bytes = stackalloc byte[256];
        return Encoding.UTF8.GetString(bytes[..ReadString(bytes)]);
    }

    public void Skip(int count)
    {
        while (count > 0)
        {
            Settle();
            int step = Math.Min(count, _segments[_segment].Count - _offset);
            _offset += step;
            count -= step;
        }
    }

    private void Read(Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            Settle();
            ReadOnlySpan<byte> left = _segments[_segment].AsSpan(_offset);
            int step = Math.Min(destination.Length, left.Length);
            left[..step].CopyTo(destination);
            destination = destination[step..];
            _offset += step;
        }
    }

    private void Settle()
    {
        while (_segment < _segments.Count && _offset == _segments[_segment].Count)
        {
            _segment++;
            _offset = 0;
        }
    }
}
