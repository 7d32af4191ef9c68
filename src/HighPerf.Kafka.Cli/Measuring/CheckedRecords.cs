using System.Buffers.Binary;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>Records whose content follows from their number, and what is known of those that came back. Owner: the one thread that checks.</summary>
internal sealed class CheckedRecords
{
    public const int KeySize = 8;
    public const int ValueSize = 92;
    public const int RecordSize = KeySize + ValueSize;

    private readonly ulong[] _seen;
    private readonly long[] _lastOfPartition;
    private readonly long[] _nextOffset;
    private readonly byte[] _expected = new byte[ValueSize];
    private readonly byte[] _key = new byte[KeySize];

    public CheckedRecords(long count, int partitions)
    {
        Count = count;
        _seen = new ulong[(count + 63) / 64];
        _lastOfPartition = new long[partitions];
        _nextOffset = new long[partitions];
        Array.Fill(_lastOfPartition, -1);
    }

    public long Count { get; }

    /// <summary>Writes the key and value of a record.</summary>
    public static void Fill(long number, Span<byte> key, Span<byte> value)
    {
        BinaryPrimitives.WriteInt64BigEndian(key, number);
        ulong x = (ulong)number;
        while (value.Length >= sizeof(ulong))
        {
            x = (x ^ (x >> 29)) * 0xBF58476D1CE4E5B9;
            BinaryPrimitives.WriteUInt64LittleEndian(value, x);
            value = value[sizeof(ulong)..];
        }

        for (int i = 0; i < value.Length; i++)
        {
            value[i] = (byte)(x >> (8 * i));
        }
    }

    /// <summary>
    /// Checks that a record is one of those sent, unchanged, for the first time, behind those sent before it to its partition, and at the next offset.
    /// </summary>
    public void Check(int partition, in RecordView record)
    {
        if (record.Key.Length != KeySize || record.Value.Length != ValueSize)
        {
            throw Wrong(partition, record, $"has {record.Key.Length} bytes of key and {record.Value.Length} of value");
        }

        long number = BinaryPrimitives.ReadInt64BigEndian(record.Key);
        if ((ulong)number >= (ulong)Count)
        {
            throw Wrong(partition, record, $"has the number {number}, which was not sent");
        }

        Fill(number, _key, _expected);
        if (!record.Value.SequenceEqual(_expected))
        {
            throw Wrong(partition, record, $"number {number} does not have the value that was sent");
        }

        ulong bit = 1UL << (int)(number & 63);
        if ((_seen[number >> 6] & bit) != 0)
        {
            throw Wrong(partition, record, $"number {number} came twice");
        }

        if (number <= _lastOfPartition[partition] || record.Offset != _nextOffset[partition])
        {
            throw Wrong(partition, record, $"number {number} came out of order, behind {_lastOfPartition[partition]} at offset {_nextOffset[partition] - 1}");
        }

        _seen[number >> 6] |= bit;
        _lastOfPartition[partition] = number;
        _nextOffset[partition]++;
    }

    private static InvalidOperationException Wrong(int partition, in RecordView record, string what) =>
        new($"The record at offset {record.Offset} of partition {partition} {what}.");
}
