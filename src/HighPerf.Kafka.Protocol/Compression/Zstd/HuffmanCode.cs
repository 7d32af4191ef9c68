namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// A Huffman code for literals with no code longer than 11 bits. Built from a histogram: plain Huffman with two queues, then codes that are too long are cut
/// and the others pay for it.
/// </summary>
internal sealed class HuffmanCode
{
    private const int Symbols = 256;

    // A code word in the low 16 bits, its length above them.
    private readonly uint[] _codes = GC.AllocateArray<uint>(Symbols, pinned: true);
    private readonly byte[] _lengths = new byte[Symbols];
    private readonly ulong[] _sorted = new ulong[Symbols];
    private readonly uint[] _weights = new uint[2 * Symbols];
    private readonly ushort[] _parents = new ushort[2 * Symbols];

    public uint[] Codes => _codes;

    public ReadOnlySpan<byte> Lengths => _lengths;

    public int MaxBits { get; private set; }

    /// <summary>The highest symbol that has a code.</summary>
    public int LastSymbol { get; private set; }

    /// <summary>Builds the code for a histogram with at least two symbols.</summary>
    public void Build(ReadOnlySpan<uint> histogram, int maxBits)
    {
        int count = 0;
        for (int symbol = 0; symbol < Symbols; symbol++)
        {
            _lengths[symbol] = 0;
            if (histogram[symbol] > 0)
            {
                _sorted[count++] = (ulong)histogram[symbol] << 8 | (uint)symbol;
                LastSymbol = symbol;
            }
        }

        Array.Sort(_sorted, 0, count);
        BuildTree(count);
        int longest = SetLengths(count, maxBits);
        if (longest > maxBits)
        {
            Repay(count, maxBits);
            longest = maxBits;
        }

        MaxBits = longest;
        AssignCodes();
    }

    /// <summary>How many bits the code makes of a histogram, or -1 when a symbol has no code.</summary>
    public long Cost(ReadOnlySpan<uint> histogram)
    {
        long bits = 0;
        for (int symbol = 0; symbol < Symbols; symbol++)
        {
            if (_lengths[symbol] == 0 && histogram[symbol] != 0)
            {
                return -1;
            }

            bits += (long)histogram[symbol] * _lengths[symbol];
        }

        return bits;
    }

    /// <summary>The weight that the format writes for a symbol.</summary>
    public byte WeightOf(int symbol) => (byte)(_lengths[symbol] == 0 ? 0 : MaxBits + 1 - _lengths[symbol]);

    /// <summary>Leaves are taken from the sorted list, inner nodes from the order in which they are made, which is sorted too.</summary>
    private void BuildTree(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _weights[i] = (uint)(_sorted[i] >> 8);
        }

        int leaf = 0;
        int inner = count;
        for (int made = count; made < 2 * count - 1; made++)
        {
            int first = leaf < count && (inner >= made || _weights[leaf] <= _weights[inner]) ? leaf++ : inner++;
            int second = leaf < count && (inner >= made || _weights[leaf] <= _weights[inner]) ? leaf++ : inner++;
            _weights[made] = _weights[first] + _weights[second];
            _parents[first] = (ushort)made;
            _parents[second] = (ushort)made;
        }
    }

    private int SetLengths(int count, int maxBits)
    {
        // From the root down the weights are no longer needed: their places take the depths.
        int root = 2 * count - 2;
        _weights[root] = 0;
        int longest = 0;
        for (int node = root - 1; node >= 0; node--)
        {
            uint depth = _weights[_parents[node]] + 1;
            _weights[node] = depth;
            if (node < count)
            {
                longest = Math.Max(longest, (int)depth);
                _lengths[(int)(_sorted[node] & 255)] = (byte)Math.Min((int)depth, maxBits);
            }
        }

        return longest;
    }

    /// <summary>Cut codes take more of the code space than there is: the rarest symbols get longer, then what is over is given back.</summary>
    private void Repay(int count, int maxBits)
    {
        int used = 0;
        for (int i = 0; i < count; i++)
        {
            used += 1 << (maxBits - _lengths[(int)(_sorted[i] & 255)]);
        }

        int excess = used - (1 << maxBits);
        while (excess > 0)
        {
            for (int length = maxBits - 1; length > 0 && excess > 0; length--)
            {
                excess = Lengthen(count, maxBits, length, excess);
            }
        }

        for (int i = count - 1; i >= 0 && excess < 0; i--)
        {
            ref byte current = ref _lengths[(int)(_sorted[i] & 255)];
            while (1 << (maxBits - current) <= -excess)
            {
                excess += 1 << (maxBits - current);
                current--;
            }
        }
    }

    private int Lengthen(int count, int maxBits, int length, int excess)
    {
        for (int i = 0; i < count && excess > 0; i++)
        {
            ref byte current = ref _lengths[(int)(_sorted[i] & 255)];
            if (current == length)
            {
                current++;
                excess -= 1 << (maxBits - current);
            }
        }

        return excess;
    }

    /// <summary>Code words go up from the longest codes to the shortest, and within one length with the symbols.</summary>
    private void AssignCodes()
    {
        Span<int> next = stackalloc int[ZstdFormat.MaxHuffmanBits + 2];
        next.Clear();
        for (int symbol = 0; symbol <= LastSymbol; symbol++)
        {
            next[_lengths[symbol]]++;
        }

        int start = 0;
        for (int length = MaxBits; length > 0; length--)
        {
            int here = next[length];
            next[length] = start;
            start = (start + here) >> 1;
        }

        Array.Clear(_codes);
        for (int symbol = 0; symbol <= LastSymbol; symbol++)
        {
            int length = _lengths[symbol];
            if (length > 0)
            {
                _codes[symbol] = (uint)length << 16 | (uint)next[length]++;
            }
        }
    }
}
