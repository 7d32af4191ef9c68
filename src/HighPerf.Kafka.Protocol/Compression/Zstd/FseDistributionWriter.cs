namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>Writes probabilities in the form that <see cref="FseDistribution"/> reads.</summary>
internal ref struct FseDistributionWriter
{
    private readonly Span<byte> _destination;
    private ulong _word;
    private int _bits;
    private int _length;

    private FseDistributionWriter(Span<byte> destination) => _destination = destination;

    /// <summary>Returns the length of the description. 128 bytes are enough for any table of zstd.</summary>
    public static int Write(ReadOnlySpan<short> normalized, int log, Span<byte> destination)
    {
        FseDistributionWriter writer = new(destination);
        writer.Add((uint)(log - 5), 4);
        int remaining = (1 << log) + 1;
        int threshold = 1 << log;
        int bits = log + 1;
        int symbol = 0;
        while (remaining > 1)
        {
            int count = normalized[symbol++];
            int spare = 2 * threshold - 1 - remaining;
            remaining -= Math.Abs(count);
            int value = count + 1;
            if (value >= threshold)
            {
                value += spare;
            }

            writer.Add((uint)value, value < spare ? bits - 1 : bits);
            if (count == 0)
            {
                symbol = writer.AddZeroRun(normalized, symbol);
            }

            while (remaining < threshold)
            {
                bits--;
                threshold >>= 1;
            }
        }

        return writer.Close();
    }

    private int AddZeroRun(ReadOnlySpan<short> normalized, int symbol)
    {
        int start = symbol;
        while (normalized[symbol] == 0)
        {
            symbol++;
        }

        int run = symbol - start;
        for (; run >= 3; run -= 3)
        {
            Add(3, 2);
        }

        Add((uint)run, 2);
        return symbol;
    }

    private void Add(uint value, int count)
    {
        _word |= (ulong)value << _bits;
        _bits += count;
        while (_bits >= 8)
        {
            _destination[_length++] = (byte)_word;
            _word >>= 8;
            _bits -= 8;
        }
    }

    private int Close()
    {
        if (_bits > 0)
        {
            _destination[_length++] = (byte)_word;
        }

        return _length;
    }
}
