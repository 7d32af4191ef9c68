using System.Buffers.Binary;

namespace HighPerf.Kafka.Protocol.Records;

/// <summary>
/// A record of a control batch: the end of a transaction, or something that concerns brokers only. Key: version (int16), type (int16).
/// Value of abort and commit: version (int16), coordinator epoch (int32); later versions may append fields.
/// </summary>
/// <param name="ValueVersion">Of abort and commit; else 0.</param>
/// <param name="CoordinatorEpoch">Of abort and commit; else -1.</param>
internal readonly record struct ControlRecord(short KeyVersion, ControlRecordType Type, short ValueVersion, int CoordinatorEpoch)
{
    public const int KeySize = 4;
    public const int ValueSize = 6;

    public bool IsTransactionEnd => Type is ControlRecordType.Abort or ControlRecordType.Commit;

    /// <exception cref="KafkaProtocolException">The key or the value is too short.</exception>
    public static ControlRecord Read(in RecordView record)
    {
        ReadOnlySpan<byte> key = record.Key;
        if (key.Length < KeySize)
        {
            throw new KafkaProtocolException($"The control record at offset {record.Offset} has a key of {key.Length} bytes; version and type take {KeySize}.");
        }

        short keyVersion = BinaryPrimitives.ReadInt16BigEndian(key);
        ControlRecordType type = (ControlRecordType)BinaryPrimitives.ReadInt16BigEndian(key[2..]);
        if (keyVersion < 0)
        {
            throw new KafkaProtocolException($"The control record at offset {record.Offset} has the key version {keyVersion}.");
        }

        if (type is not (ControlRecordType.Abort or ControlRecordType.Commit))
        {
            return new ControlRecord(keyVersion, type, 0, -1);
        }

        ReadOnlySpan<byte> value = record.Value;
        if (value.Length < ValueSize)
        {
            throw new KafkaProtocolException(
                $"The {type} marker at offset {record.Offset} has a value of {value.Length} bytes; version and coordinator epoch take {ValueSize}.");
        }

        return new ControlRecord(keyVersion, type, BinaryPrimitives.ReadInt16BigEndian(value), BinaryPrimitives.ReadInt32BigEndian(value[2..]));
    }

    public void WriteKey(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt16BigEndian(destination, KeyVersion);
        BinaryPrimitives.WriteInt16BigEndian(destination[2..], (short)Type);
    }

    /// <summary>Writes the value of an abort or commit marker.</summary>
    public void WriteValue(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt16BigEndian(destination, ValueVersion);
        BinaryPrimitives.WriteInt32BigEndian(destination[2..], CoordinatorEpoch);
    }
}
