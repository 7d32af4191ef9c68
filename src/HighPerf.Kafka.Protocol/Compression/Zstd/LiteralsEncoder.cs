using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// Writes the literals section of a block: raw, one repeated byte, or Huffman-coded with a new tree or that of the block before. Owned by one encoder.
/// </summary>
internal sealed unsafe class LiteralsEncoder
{
    /// <summary>Room that <see cref="Write"/> needs beyond the literals themselves.</summary>
    public const int Overhead = 5 + HuffmanTreeWriter.MaxLength + 6 + 32;

    private const int FewestCompressed = 48;
    private const int FewestForFourStreams = 256;

    private readonly uint[] _histogram = GC.AllocateArray<uint>(4 * 256, pinned: true);
    private readonly HuffmanTreeWriter _treeWriter = new();
    private readonly byte[] _tree = new byte[HuffmanTreeWriter.MaxLength + 128];
    private HuffmanCode _current = new();
    private HuffmanCode _candidate = new();

    // Whether the decoder has _current by now, from an earlier block of the frame.
    private bool _known;

    // Whether it will, if the block is sent as it stands.
    private bool _pendingNew;

    public void StartFrame()
    {
        _known = false;
        _pendingNew = false;
    }

    /// <summary>Writes the section and returns its end. Nothing about trees is remembered until <see cref="Commit"/>.</summary>
    public byte* Write(byte* literals, int count, byte* output)
    {
        _pendingNew = false;
        if (count < FewestCompressed)
        {
            return WriteRaw(literals, count, output);
        }

        uint most = CountBytes(literals, count);
        if (most == (uint)count)
        {
            byte* end = WriteHeader(ZstdFormat.LiteralsRle, count, output);
            *end = *literals;
            return end + 1;
        }

        // A flat histogram does not compress; what little a tree could save is not worth its description.
        if (most <= (uint)(count >> 7) + 4)
        {
            return WriteRaw(literals, count, output);
        }

        return WriteCompressed(literals, count, output);
    }

    /// <summary>The block was sent: later blocks may repeat its tree.</summary>
    public void Commit()
    {
        if (_pendingNew)
        {
            (_current, _candidate) = (_candidate, _current);
            _known = true;
            _pendingNew = false;
        }
    }

    private byte* WriteCompressed(byte* literals, int count, byte* output)
    {
        ReadOnlySpan<uint> histogram = _histogram.AsSpan(0, 256);
        int maxBits = Math.Clamp(FseSpread.HighBit((uint)count - 1) - 1, 8, ZstdFormat.MaxHuffmanBits);
        _candidate.Build(histogram, maxBits);
        int treeLength = _treeWriter.Write(_candidate, _tree);
        long fresh = treeLength == 0 ? long.MaxValue : (_candidate.Cost(histogram) + 7) / 8 + treeLength;
        long repeated = _known ? _current.Cost(histogram) : -1;
        repeated = repeated < 0 ? long.MaxValue : (repeated + 7) / 8;
        bool repeat = repeated <= fresh;
        long body = Math.Min(repeated, fresh);
        bool four = count >= FewestForFourStreams;
        if (body >= count - (count >> 6) - 2 - (four ? 10 : 1))
        {
            return WriteRaw(literals, count, output);
        }

        HuffmanCode code = repeat ? _current : _candidate;
        int headerLength = count < 1024 ? 3 : count < 16 * 1024 ? 4 : 5;
        byte* next = output + headerLength;
        if (!repeat)
        {
            _tree.AsSpan(0, treeLength).CopyTo(new Span<byte>(next, treeLength));
            next += treeLength;
        }

        byte* end = four ? WriteFour(code.Codes, literals, count, next) : HuffmanEncoder.Write(code.Codes, literals, count, next);
        ulong format = headerLength == 3 ? (four ? 1u : 0u) : (uint)headerLength - 2;
        int sizeBits = headerLength == 3 ? 10 : headerLength == 4 ? 14 : 18;
        int type = repeat ? ZstdFormat.LiteralsTreeless : ZstdFormat.LiteralsCompressed;
        ulong header = (uint)type | format << 2 | (ulong)count << 4 | (ulong)(end - output - headerLength) << (4 + sizeBits);
        for (int i = 0; i < headerLength; i++)
        {
            output[i] = (byte)(header >> (8 * i));
        }

        _pendingNew = !repeat;
        return end;
    }

    private static byte* WriteFour(uint[] codes, byte* literals, int count, byte* output)
    {
        int part = (count + 3) / 4;
        byte* next = output + 6;
        for (int i = 0; i < 4; i++)
        {
            byte* end = HuffmanEncoder.Write(codes, literals + i * part, i < 3 ? part : count - 3 * part, next);
            if (i < 3)
            {
                Unsafe.WriteUnaligned(output + 2 * i, (ushort)(end - next));
            }

            next = end;
        }

        return next;
    }

    private static byte* WriteRaw(byte* literals, int count, byte* output)
    {
        byte* body = WriteHeader(ZstdFormat.LiteralsRaw, count, output);
        new ReadOnlySpan<byte>(literals, count).CopyTo(new Span<byte>(body, count));
        return body + count;
    }

    private static byte* WriteHeader(int type, int count, byte* output)
    {
        if (count < 32)
        {
            *output = (byte)(type | count << 3);
            return output + 1;
        }

        if (count < 4096)
        {
            Unsafe.WriteUnaligned(output, (ushort)(type | 1 << 2 | count << 4));
            return output + 2;
        }

        int header = type | 3 << 2 | count << 4;
        Unsafe.WriteUnaligned(output, (ushort)header);
        output[2] = (byte)(header >> 16);
        return output + 3;
    }

    /// <summary>Fills the first 256 places of the histogram, returns the largest. Four tables, because runs of one byte would wait for their counts.</summary>
    private uint CountBytes(byte* literals, int count)
    {
        Array.Clear(_histogram);
        fixed (uint* histogram = _histogram)
        {
            int i = 0;
            for (; i + 8 <= count; i += 8)
            {
                ulong word = Unsafe.ReadUnaligned<ulong>(literals + i);
                histogram[(byte)word]++;
                histogram[256 + (byte)(word >> 8)]++;
                histogram[512 + (byte)(word >> 16)]++;
                histogram[768 + (byte)(word >> 24)]++;
                histogram[(byte)(word >> 32)]++;
                histogram[256 + (byte)(word >> 40)]++;
                histogram[512 + (byte)(word >> 48)]++;
                histogram[768 + (byte)(word >> 56)]++;
            }

            for (; i < count; i++)
            {
                histogram[literals[i]]++;
            }

            uint most = 0;
            for (int symbol = 0; symbol < 256; symbol++)
            {
                uint sum = histogram[symbol] + histogram[256 + symbol] + histogram[512 + symbol] + histogram[768 + symbol];
                histogram[symbol] = sum;
                most = Math.Max(most, sum);
            }

            return most;
        }
    }
}
