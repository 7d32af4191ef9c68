using System.Diagnostics.CodeAnalysis;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;

namespace HighPerf.Kafka.Protocol.Records;

/// <summary>One whole batch in a buffer, or one message of the formats 0 and 1. A view, valid as long as the buffer.</summary>
internal readonly ref struct RecordBatchView
{
    public RecordBatchView(scoped in RecordBatchHeader header, ReadOnlySpan<byte> bytes, int position)
    {
        Header = header;
        Bytes = bytes;
        Position = position;
    }

    public RecordBatchHeader Header { get; }

    /// <summary>The batch with its header.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Where in the buffer the batch begins.</summary>
    public int Position { get; }

    /// <summary>Whether the checksum is right: CRC-32C over a batch, CRC-32 over an older message.</summary>
    public bool IsChecksumValid => ComputeChecksum() == Header.Crc;

    /// <summary>What is behind the header of a batch of format 2: the records, perhaps compressed.</summary>
    public ReadOnlySpan<byte> Payload => Bytes[RecordBatchHeader.Size..];

    /// <exception cref="KafkaProtocolException">The checksum is wrong.</exception>
    public void EnsureChecksum()
    {
        uint computed = ComputeChecksum();
        if (computed != Header.Crc)
        {
            ThrowChecksum(computed);
        }
    }

    /// <summary>
    /// The records. Compressed ones are decompressed into <paramref name="scratch"/> first, which is emptied and must stay as it is while they are read.
    /// </summary>
    /// <param name="firstOffset">Records below this offset are passed over (rule F1).</param>
    /// <exception cref="KafkaProtocolException">The compression is unknown or the compressed data is corrupt or too large.</exception>
    public RecordEnumerator GetRecords(CompressionCodecs codecs, PooledBuffer scratch, long firstOffset = long.MinValue)
    {
        if (Header.Magic < 2)
        {
            return LegacyMessage.GetRecords(this, codecs, scratch, firstOffset);
        }

        if (Header.RecordCount < 0)
        {
            throw new KafkaProtocolException($"The batch at offset {Header.BaseOffset} says that it has {Header.RecordCount} records.");
        }

        ReadOnlySpan<byte> records = Payload;
        if (Header.Compression != CompressionType.None)
        {
            records = Decompress(records, codecs, scratch);
        }

        return new RecordEnumerator(records, Header, firstOffset);
    }

    /// <summary>Decompresses a part of this batch into the emptied <paramref name="scratch"/>, and says which batch it was when that fails.</summary>
    public ReadOnlySpan<byte> Decompress(ReadOnlySpan<byte> compressed, CompressionCodecs codecs, PooledBuffer scratch)
    {
        scratch.Reset();
        try
        {
            CompressionCodec codec = Header is { Magic: 0, Compression: CompressionType.Lz4 } ? codecs.LegacyLz4 : codecs.Get(Header.Compression);
            codec.Decompress(compressed, scratch, codecs.MaxDecompressedLength);
        }
        catch (KafkaProtocolException e)
        {
            throw new KafkaProtocolException($"The batch at offset {Header.BaseOffset} cannot be decompressed: {e.Message}", e);
        }

        return scratch.WrittenSpan;
    }

    private uint ComputeChecksum() => Header.Magic >= 2
        ? Crc32C.Compute(Bytes[RecordBatchHeader.ChecksummedFrom..])
        : Crc32.Compute(Bytes[RecordBatchHeader.MagicPosition..]);

    [DoesNotReturn]
    private void ThrowChecksum(uint computed) => throw new KafkaProtocolException(
        $"The batch at offset {Header.BaseOffset} ({Bytes.Length} bytes, byte {Position} of the buffer) is damaged: "
        + $"the checksum of its bytes is {computed:x8}, and its header says {Header.Crc:x8}.");
}
