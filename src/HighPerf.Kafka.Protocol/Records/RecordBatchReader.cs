using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace HighPerf.Kafka.Protocol.Records;

/// <summary>
/// Walks the batches in a buffer as Fetch answers it: several one after another, of any format, the last one perhaps cut short. The cut one is not an
/// error (rule F2): it is left over, and fetched again from its beginning.
/// </summary>
internal ref struct RecordBatchReader
{
    private readonly ReadOnlySpan<byte> _buffer;
    private int _position;

    public RecordBatchReader(ReadOnlySpan<byte> buffer)
    {
        _buffer = buffer;
        _position = 0;
    }

    /// <summary>Where the next batch begins.</summary>
    public readonly int Position => _position;

    /// <summary>How many bytes are left; at the end, those of the batch that was cut short.</summary>
    public readonly int Remaining => _buffer.Length - _position;

    /// <summary>Goes to the next whole batch; false when there is none. Its checksum is not looked at.</summary>
    /// <exception cref="KafkaProtocolException">Here is no batch: an impossible length or an unknown format. The reader stays where it is.</exception>
    public bool TryRead(out RecordBatchView batch)
    {
        batch = default;
        ReadOnlySpan<byte> rest = _buffer[_position..];
        if (rest.Length < RecordBatchHeader.LogOverhead)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadInt32BigEndian(rest[8..]);
        if (length < LegacyMessage.MinSizeV0)
        {
            ThrowAt(rest, $"its length {length} is less than the {LegacyMessage.MinSizeV0} bytes that the smallest message takes");
        }

        if (rest.Length <= RecordBatchHeader.MagicPosition)
        {
            return false;
        }

        byte magic = rest[RecordBatchHeader.MagicPosition];
        if (magic > 2)
        {
            ThrowAt(rest, $"its message format (magic) is {(sbyte)magic}; known are 0, 1 and 2");
        }

        long size = (long)RecordBatchHeader.LogOverhead + length;
        if (size > rest.Length)
        {
            return false;
        }

        ReadOnlySpan<byte> bytes = rest[..(int)size];
        int minimum = magic switch { 2 => RecordBatchHeader.Size, 1 => LegacyMessage.MinSizeV1 + RecordBatchHeader.LogOverhead, _ => 0 };
        if (size < minimum)
        {
            ThrowAt(rest, $"it takes {size} bytes, and one of format {magic} takes at least {minimum}");
        }

        RecordBatchHeader header = magic == 2 ? RecordBatchHeader.Read(bytes) : LegacyMessage.ReadHeader(bytes);
        batch = new RecordBatchView(header, bytes, _position);
        _position += (int)size;
        return true;
    }

    [DoesNotReturn]
    private readonly void ThrowAt(ReadOnlySpan<byte> batch, string what) => throw new KafkaProtocolException(
        $"The batch at offset {BinaryPrimitives.ReadInt64BigEndian(batch)} (byte {_position} of the {_buffer.Length} of the buffer) is malformed: {what}.");
}
