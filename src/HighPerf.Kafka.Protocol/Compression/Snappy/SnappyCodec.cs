using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Compression.Snappy;

/// <summary>
/// snappy. Written is the stream framing of the xerial library, with blocks of 32 KiB, as Java's Kafka writes it; read are that framing and a
/// bare raw block, which other clients write.
/// <code>
///   0x82 "SNAPPY" 0 | version (i32 BE) | compatible version (i32 BE) | { length (i32 BE) | raw block } ...
/// </code>
/// </summary>
internal sealed class SnappyCodec : CompressionCodec
{
    private const int BlockSize = 32 * 1024;
    private const int MagicLength = 8;
    private const int HeaderLength = 16;

    // A copy of three bytes stands for at most 64; nothing expands more.
    private const int CopyLength = 3;
    private const int LongestCopy = 64;

    private readonly ScratchPool<ushort[]> _tables = new(static () => new ushort[SnappyBlockEncoder.TableLength], Environment.ProcessorCount);

    public override CompressionType Type => CompressionType.Snappy;

    /// <summary>snappy has no levels; every level is this one.</summary>
    public override int DefaultLevel => 0;

    private static ReadOnlySpan<byte> Header => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1];

    public override void Compress(ReadOnlySpan<byte> source, PooledBuffer destination, int level)
    {
        destination.Write(Header);
        ushort[] table = _tables.Rent();
        while (!source.IsEmpty)
        {
            int length = Math.Min(source.Length, BlockSize);
            Span<byte> to = destination.GetSpan(4 + SnappyBlockEncoder.CompressedBound(length));
            int encoded = SnappyBlockEncoder.Encode(source[..length], to[4..], table);
            BinaryPrimitives.WriteInt32BigEndian(to, encoded);
            destination.Advance(4 + encoded);
            source = source[length..];
        }

        _tables.Return(table);
    }

    public override void Decompress(ReadOnlySpan<byte> source, PooledBuffer destination, int maxOutputLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxOutputLength);
        int start = destination.Length;
        try
        {
            // A raw block cannot begin like the framing: read as one, its first element would copy from before its output.
            if (source.StartsWith(Header[..MagicLength]))
            {
                ReadFramed(source, destination, start, maxOutputLength);
            }
            else
            {
                ReadBlock(source, 0, destination, start, maxOutputLength);
            }
        }
        catch (KafkaProtocolException)
        {
            destination.Truncate(start);
            throw;
        }
    }

    private static void ReadFramed(ReadOnlySpan<byte> source, PooledBuffer destination, int start, int maxOutputLength)
    {
        int position = 0;
        while (position < source.Length)
        {
            ReadOnlySpan<byte> rest = source[position..];
            if (rest.StartsWith(Header[..MagicLength]))
            {
                // Writers disagree about the two versions, and no second format exists: they are skipped unread. A header may also follow
                // later, where streams were put in a row.
                if (rest.Length < HeaderLength)
                {
                    CorruptData.Throw(SnappyBlockDecoder.Name, source.Length, "the input ends within the stream header");
                }

                position += HeaderLength;
                continue;
            }

            if (rest.Length < 4)
            {
                CorruptData.Throw(SnappyBlockDecoder.Name, source.Length, "the input ends within a block length");
            }

            int length = BinaryPrimitives.ReadInt32BigEndian(rest);
            position += 4;
            if (length < 0 || length > source.Length - position)
            {
                CorruptData.Throw(
                    SnappyBlockDecoder.Name, position - 4, $"a block of {length} bytes, but {source.Length - position} are left");
            }

            ReadBlock(source.Slice(position, length), position, destination, start, maxOutputLength);
            position += length;
        }
    }

    private static void ReadBlock(ReadOnlySpan<byte> block, int offset, PooledBuffer destination, int start, int maxOutputLength)
    {
        uint length = SnappyBlockDecoder.ReadLength(block, offset, out int headerLength);
        if (length > maxOutputLength - (destination.Length - start))
        {
            CorruptData.ThrowTooLarge(SnappyBlockDecoder.Name, offset, maxOutputLength);
        }

        // What the block says is believed only as far as its bytes could make it true.
        ReadOnlySpan<byte> elements = block[headerLength..];
        if (length > ((long)elements.Length * LongestCopy / CopyLength) + LongestCopy)
        {
            CorruptData.Throw(SnappyBlockDecoder.Name, offset, $"the block says {length} bytes, more than its {elements.Length} bytes can stand for");
        }

        destination.EnsureFree((int)length + (2 * WildCopy.Slack));
        SnappyBlockDecoder.Decode(elements, destination.Array, destination.Length, (int)length, offset + headerLength);
        destination.Advance((int)length);
    }
}
