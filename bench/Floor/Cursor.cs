using System.Buffers.Binary;
using System.Text;

namespace HighPerf.Kafka.Floor;

/// <summary>Writes and reads the few fields of requests and responses, big-endian, at a moving position.</summary>
internal ref struct Cursor(Span<byte> bytes)
{
    private readonly Span<byte> _bytes = bytes;

    public int Position { get; private set; }

    public void Int8(sbyte value) => _bytes[Position++] = (byte)value;

    public void Int16(short value)
    {
        BinaryPrimitives.WriteInt16BigEndian(_bytes[Position..], value);
        Position += 2;
    }

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(_bytes[Position..], value);
        Position += 4;
    }

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(_bytes[Position..], value);
        Position += 8;
    }

    /// <summary>A string of ASCII characters; null is a length of -1.</summary>
    public void String(string? value)
    {
        Int16((short)(value?.Length ?? -1));
        Position += value is null ? 0 : Encoding.ASCII.GetBytes(value, _bytes[Position..]);
    }

    public short ReadInt16()
    {
        Position += 2;
        return BinaryPrimitives.ReadInt16BigEndian(_bytes[(Position - 2)..]);
    }

    public int ReadInt32()
    {
        Position += 4;
        return BinaryPrimitives.ReadInt32BigEndian(_bytes[(Position - 4)..]);
    }

    public long ReadInt64()
    {
        Position += 8;
        return BinaryPrimitives.ReadInt64BigEndian(_bytes[(Position - 8)..]);
    }

    public void SkipString()
    {
        int length = ReadInt16();
        Position += Math.Max(length, 0);
    }

    public void Skip(int count) => Position += count;
}
