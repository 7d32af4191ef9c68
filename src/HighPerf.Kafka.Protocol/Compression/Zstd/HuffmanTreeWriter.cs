using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>Describes a Huffman code by its weights, FSE-coded or four bits each, whichever is shorter. Owned by one encoder.</summary>
internal sealed unsafe class HuffmanTreeWriter
{
    /// <summary>No description is longer.</summary>
    public const int MaxLength = 129;

    private const int WeightSymbols = ZstdFormat.MaxHuffmanBits + 2;
    private const int MostDirect = 128;

    private readonly FseEncodeTable _table = new(ZstdFormat.MaxWeightsLog, WeightSymbols);
    private readonly byte[] _weights = new byte[256];

    /// <summary>Writes the description and returns its length, or 0 when the code cannot be described.</summary>
    /// <param name="destination">Room for <see cref="MaxLength"/> bytes and 8 more.</param>
    public int Write(HuffmanCode code, Span<byte> destination)
    {
        // The last symbol's weight is what completes the tree.
        int count = code.LastSymbol;
        for (int symbol = 0; symbol < count; symbol++)
        {
            _weights[symbol] = code.WeightOf(symbol);
        }

        int direct = count <= MostDirect ? 1 + (count + 1) / 2 : int.MaxValue;
        int compressed = WriteCompressed(count, destination);
        if (compressed > 0 && compressed < direct)
        {
            return compressed;
        }

        if (direct == int.MaxValue)
        {
            return 0;
        }

        destination[0] = (byte)(127 + count);
        _weights[count] = 0;
        for (int i = 0; i < count; i += 2)
        {
            destination[1 + i / 2] = (byte)(_weights[i] << 4 | _weights[i + 1]);
        }

        return direct;
    }

    private int WriteCompressed(int count, Span<byte> destination)
    {
        Span<uint> counts = stackalloc uint[WeightSymbols];
        counts.Clear();
        for (int i = 0; i < count; i++)
        {
            counts[_weights[i]]++;
        }

        int last = counts.LastIndexOfAnyExcept(0u);
        if (count < 3 || counts[last] == count)
        {
            return 0;
        }

        int log = FseNormalizer.ChooseLog(ZstdFormat.MaxWeightsLog, count, last + 1);
        Span<short> normalized = stackalloc short[last + 1];
        FseNormalizer.Normalize(counts[..(last + 1)], count, log, normalized);
        _table.Build(normalized, log);
        int header = FseDistributionWriter.Write(normalized, log, destination[1..]);
        fixed (byte* start = destination)
        {
            byte* end = WriteStates(count, start + 1 + header, start + destination.Length - 8);
            nint length = end == null ? 0 : (nint)(end - start) - 1;
            if (length is 0 or > 127)
            {
                return 0;
            }

            destination[0] = (byte)length;
            return (int)length + 1;
        }
    }

    /// <summary>Two states take turns, even places and odd ones, written from the last weight to the first.</summary>
    private byte* WriteStates(int count, byte* start, byte* limit)
    {
        BitSink sink = new(start, limit);
        uint* states = stackalloc uint[2];
        states[(count - 1) & 1] = _table.First(_weights[count - 1]);
        states[count & 1] = _table.First(_weights[count - 2]);
        for (int i = count - 3; i >= 0; i--)
        {
            FseEncodeTable.SymbolStep step = _table.Steps[_weights[i]];
            uint state = states[i & 1];
            int bits = (int)((state + step.DeltaBits) >> 16);
            sink.Add(state, bits);
            sink.Flush();
            states[i & 1] = _table.Next[(int)(state >> bits) + step.DeltaState];
        }

        sink.Add(states[1], _table.Log);
        sink.Add(states[0], _table.Log);
        sink.Flush();
        return sink.Close();
    }
}
