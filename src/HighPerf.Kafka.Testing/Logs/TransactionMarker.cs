using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Testing.Logs;

/// <summary>The batch that ends a transaction on a partition, as brokers write it: one control record, always of the same size.</summary>
internal static class TransactionMarker
{
    public const int Size = RecordBatchHeader.Size + 1 + RecordSize;

    /// <summary>Attributes, timestamp delta, offset delta, length and bytes of the key, of the value, and the number of headers.</summary>
    private const int RecordSize = 3 + 1 + ControlRecord.KeySize + 1 + ControlRecord.ValueSize + 1;

    private const int KeyPosition = RecordBatchHeader.Size + 1 + 4;
    private const int ValuePosition = KeyPosition + ControlRecord.KeySize + 1;

    /// <summary>Writes the marker and returns its header.</summary>
    public static RecordBatchHeader Write(Span<byte> batch, long producerId, short epoch, in ControlRecord end, long nowMs)
    {
        batch.Clear();
        batch[RecordBatchHeader.Size] = (byte)Varint.ZigZag(RecordSize);
        batch[KeyPosition - 1] = (byte)Varint.ZigZag(ControlRecord.KeySize);
        end.WriteKey(batch[KeyPosition..]);
        batch[ValuePosition - 1] = (byte)Varint.ZigZag(ControlRecord.ValueSize);
        end.WriteValue(batch[ValuePosition..]);
        RecordBatchHeader header = new()
        {
            BatchLength = Size - RecordBatchHeader.LogOverhead,
            Attributes = RecordBatchHeader.MakeAttributes(CompressionType.None, isTransactional: true, isControl: true),
            BaseTimestamp = nowMs,
            MaxTimestamp = nowMs,
            ProducerId = producerId,
            ProducerEpoch = epoch,
            RecordCount = 1,
        };
        header.Write(batch);
        header = header with { Crc = Crc32C.Compute(batch[RecordBatchHeader.ChecksummedFrom..]) };
        header.Write(batch);
        return header;
    }

    /// <summary>What a stored marker says; clients write no control batches, so that all are of this form.</summary>
    public static ControlRecord Read(ReadOnlySpan<byte> batch)
    {
        ReadOnlySpan<byte> key = batch[KeyPosition..];
        ReadOnlySpan<byte> value = batch[ValuePosition..];
        return new ControlRecord(
            BinaryPrimitives.ReadInt16BigEndian(key),
            (ControlRecordType)BinaryPrimitives.ReadInt16BigEndian(key[2..]),
            BinaryPrimitives.ReadInt16BigEndian(value),
            BinaryPrimitives.ReadInt32BigEndian(value[2..]));
    }
}
