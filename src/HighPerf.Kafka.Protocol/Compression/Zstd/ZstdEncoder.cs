using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// Compresses an input into one zstd frame with its content size and without a checksum: Kafka's batches have one of their own.
/// Holds tables for reuse; one thread at a time.
/// </summary>
internal sealed unsafe class ZstdEncoder
{
    /// <summary>Above this the indexes in the hash tables start anew.</summary>
    private const uint HighestIndex = 1u << 30;

    /// <summary>Blocks below this are not worth a search.</summary>
    private const int SmallestSearched = 16;

    private const int HeaderRoom = 4 + 1 + 1 + 8;

    private readonly uint[] _longTable = GC.AllocateArray<uint>(1 << EncoderParameters.MaxLongLog, pinned: true);
    private readonly uint[] _shortTable = GC.AllocateArray<uint>(1 << EncoderParameters.MaxShortLog, pinned: true);
    private readonly SequenceStore _store = new();
    private readonly LiteralsEncoder _literals = new();
    private readonly SequencesEncoder _sequences = new();

    // The index that the next input starts at. 0 is no place: it is what empty cells of the tables hold.
    private uint _nextIndex = 1;

    public void Compress(ReadOnlySpan<byte> source, PooledBuffer destination, int level)
    {
        EncoderParameters parameters = EncoderParameters.For(level, source.Length);
        WriteHeader(source.Length, parameters.WindowLog, destination);
        if (source.IsEmpty)
        {
            WriteBlockHeader(destination.GetSpan(3), ZstdFormat.BlockRaw, 0, last: true);
            destination.Advance(3);
            return;
        }

        uint index = TakeIndexes(source.Length);
        _literals.StartFrame();
        _sequences.StartFrame();
        fixed (byte* start = source)
        {
            SearchWindow window = new()
            {
                Base = start - index,
                InputEnd = start + source.Length,
                Repeat1 = 1,
                Repeat2 = 4,
            };
            uint distance = 1u << parameters.WindowLog;
            int position = 0;
            do
            {
                bool first = position == 0;
                int length = Math.Min(source.Length - position, ZstdFormat.MaxBlockSize);
                window.Start = start + position;
                window.End = window.Start + length;
                position += length;
                window.Lowest = Math.Max(index, index + (uint)position > distance ? index + (uint)position - distance : 0);
                WriteBlock(ref window, parameters, destination, first, position == source.Length);
            }
            while (position < source.Length);
        }
    }

    private uint TakeIndexes(int length)
    {
        if (_nextIndex > HighestIndex)
        {
            Array.Clear(_longTable);
            Array.Clear(_shortTable);
            _nextIndex = 1;
        }

        uint index = _nextIndex;
        _nextIndex += (uint)length;
        return index;
    }

    private static void WriteHeader(int length, int windowLog, PooledBuffer destination)
    {
        // Without a window descriptor the window is the whole content, which a decoder that allocates windows should not have to do for large ones.
        bool single = length <= 1 << windowLog;
        int flag = length < 256 ? 0 : length < 65536 + 256 ? 1 : 2;
        Span<byte> header = destination.GetSpan(HeaderRoom);
        BinaryPrimitives.WriteUInt32LittleEndian(header, ZstdFormat.Magic);
        header[4] = (byte)(flag << 6 | (single ? 0x20 : 0));
        int position = 5;
        if (!single)
        {
            header[position++] = (byte)((windowLog - 10) << 3);
        }

        switch (flag)
        {
            case 0:
                header[position++] = (byte)length;
                break;
            case 1:
                BinaryPrimitives.WriteUInt16LittleEndian(header[position..], (ushort)(length - 256));
                position += 2;
                break;
            default:
                BinaryPrimitives.WriteUInt32LittleEndian(header[position..], (uint)length);
                position += 4;
                break;
        }

        destination.Advance(position);
    }

    private void WriteBlock(ref SearchWindow window, in EncoderParameters parameters, PooledBuffer destination, bool first, bool last)
    {
        int length = (int)(window.End - window.Start);
        Span<byte> output = destination.GetSpan(3 + length + LiteralsEncoder.Overhead + SequencesEncoder.Overhead);
        uint repeat1 = window.Repeat1;
        uint repeat2 = window.Repeat2;
        ReadOnlySpan<byte> content = new(window.Start, length);

        // Readers before zstd 1.4.4, and so Kafka before 2.4, refuse a frame whose first block is a run.
        bool run = !first && content.IndexOfAnyExcept(content[0]) < 0;
        int written = run || length < SmallestSearched ? 0 : TryCompress(ref window, parameters, output[3..]);
        if (written > 0)
        {
            _literals.Commit();
            _sequences.Commit();
            WriteBlockHeader(output, ZstdFormat.BlockCompressed, written, last);
            destination.Advance(3 + written);
            return;
        }

        // The decoder learns no distances from a block that is not compressed.
        window.Repeat1 = repeat1;
        window.Repeat2 = repeat2;
        if (run)
        {
            WriteBlockHeader(output, ZstdFormat.BlockRle, length, last);
            output[3] = content[0];
            destination.Advance(4);
            return;
        }

        WriteBlockHeader(output, ZstdFormat.BlockRaw, length, last);
        content.CopyTo(output[3..]);
        destination.Advance(3 + length);
    }

    /// <summary>Returns the length of the compressed block, or 0 when it is not worth it.</summary>
    private int TryCompress(ref SearchWindow window, in EncoderParameters parameters, Span<byte> output)
    {
        int length = (int)(window.End - window.Start);
        _store.Clear();
        fixed (uint* longTable = _longTable, shortTable = _shortTable)
        {
            if (parameters.IsFast)
            {
                FastFinder.Find(ref window, parameters, shortTable, _store);
            }
            else
            {
                DoubleFastFinder.Find(ref window, parameters, longTable, shortTable, _store);
            }
        }

        fixed (byte* start = output)
        {
            byte* sequences = _literals.Write(_store.Literals, _store.LiteralCount, start);
            byte* end = _sequences.Write(_store.Sequences, _store.Count, sequences, start + length + SequencesEncoder.Overhead);
            nint written = end == null ? 0 : (nint)(end - start);
            return written >= length - (length >> 7) - 2 ? 0 : (int)written;
        }
    }

    private static void WriteBlockHeader(Span<byte> output, int type, int size, bool last)
    {
        int header = (last ? 1 : 0) | type << 1 | size << 3;
        output[0] = (byte)header;
        output[1] = (byte)(header >> 8);
        output[2] = (byte)(header >> 16);
    }
}
