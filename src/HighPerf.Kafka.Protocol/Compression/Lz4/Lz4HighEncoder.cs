using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Protocol.Compression.Lz4;

/// <summary>
/// Encodes one block of at most 64 KiB slowly and well: all positions with the same hash are chained, the chain is walked to a depth that
/// the level gives, and a match waits for a longer one that begins a byte later (lazy evaluation). One caller at a time.
/// </summary>
internal sealed unsafe class Lz4HighEncoder
{
    private const int HashBits = 15;
    private const int NoPosition = -1;

    // Both owned by the one caller that rented the encoder.
    private readonly int[] _heads = new int[1 << HashBits];
    private readonly int[] _chain = new int[Lz4Format.BlockSize];

    /// <summary>What one search works on.</summary>
    private struct Search
    {
        public byte* Input;
        public byte* MatchEnd;
        public int* Heads;
        public int* Chain;
        public int Indexed;
        public int Depth;
    }

    /// <param name="source">At most <see cref="Lz4Format.BlockSize"/> bytes.</param>
    /// <param name="destination">At least <see cref="Lz4Format.CompressedBound"/> bytes.</param>
    /// <returns>The length of the block.</returns>
    public int Encode(ReadOnlySpan<byte> source, Span<byte> destination, int level)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(source.Length, Lz4Format.BlockSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, Lz4Format.CompressedBound(source.Length));
        fixed (byte* input = source, output = destination)
        {
            byte* anchor = input;
            byte* to = output;
            if (source.Length > Lz4Format.NoMatchWithin)
            {
                _heads.AsSpan().Fill(NoPosition);
                fixed (int* heads = _heads, chain = _chain)
                {
                    Search search = new()
                    {
                        Input = input,
                        MatchEnd = input + source.Length - Lz4Format.LastLiterals,
                        Heads = heads,
                        Chain = chain,
                        Depth = 1 << Math.Clamp(level - 2, 2, 10),
                    };
                    to = Matches(ref search, input + source.Length - Lz4Format.NoMatchWithin, to, out anchor);
                }
            }

            return (int)(Lz4Sequence.WriteLast(to, anchor, (int)(input + source.Length - anchor)) - output);
        }
    }

    private static byte* Matches(ref Search search, byte* searchEnd, byte* to, out byte* anchor)
    {
        byte* unwritten = search.Input;
        byte* at = search.Input;
        while (at <= searchEnd)
        {
            int length = Longest(ref search, at, Lz4Format.ShortestMatch - 1, out int distance);
            if (length < Lz4Format.ShortestMatch)
            {
                at++;
                continue;
            }

            // Lazy: as long as the next position has a longer match, this byte becomes a literal.
            while (at < searchEnd)
            {
                int nextLength = Longest(ref search, at + 1, length, out int nextDistance);
                if (nextLength <= length)
                {
                    break;
                }

                at++;
                length = nextLength;
                distance = nextDistance;
            }

            while (at > unwritten && at - distance > search.Input && at[-1] == at[-1 - distance])
            {
                at--;
                length++;
            }

            to = Lz4Sequence.Write(to, unwritten, (int)(at - unwritten), distance, length);
            at += length;
            unwritten = at;
        }

        anchor = unwritten;
        return to;
    }

    /// <summary>The longest match at a position that is longer than <paramref name="atLeast"/>; 0 when there is none.</summary>
    private static int Longest(ref Search search, byte* at, int atLeast, out int distance)
    {
        byte* input = search.Input;
        int position = (int)(at - input);
        Index(ref search, position);
        int best = atLeast;
        distance = 0;
        uint first = Unsafe.ReadUnaligned<uint>(at);
        int candidate = search.Heads[Hash(first)];
        for (int depth = search.Depth; candidate >= 0 && depth > 0; depth--)
        {
            byte* match = input + candidate;

            // A longer match must agree on the byte where the best one ended; that refuses most candidates with one look.
            if (match[best] == at[best] && Unsafe.ReadUnaligned<uint>(match) == first)
            {
                int length = Lz4Format.ShortestMatch + WildCopy.CommonLength(at + 4, match + 4, search.MatchEnd);
                if (length > best)
                {
                    best = length;
                    distance = position - candidate;
                    if (at + length >= search.MatchEnd)
                    {
                        break;
                    }
                }
            }

            candidate = search.Chain[candidate];
        }

        return distance == 0 ? 0 : best;
    }

    /// <summary>Chains all positions before <paramref name="position"/>.</summary>
    private static void Index(ref Search search, int position)
    {
        for (int i = search.Indexed; i < position; i++)
        {
            uint slot = Hash(Unsafe.ReadUnaligned<uint>(search.Input + i));
            search.Chain[i] = search.Heads[slot];
            search.Heads[slot] = i;
        }

        search.Indexed = Math.Max(search.Indexed, position);
    }

    private static uint Hash(uint bytes) => (bytes * 2654435761) >> (32 - HashBits);
}
