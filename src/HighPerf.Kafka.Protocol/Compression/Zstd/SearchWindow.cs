using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// What a match finder works on: one block of an input, and how far back it may look. A place is known by its index, which is
/// <c>pointer - Base</c>; indexes go on counting from one input to the next, so whatever an older input left in the hash tables lies
/// below <see cref="Lowest"/> and the tables are not cleared between inputs.
/// </summary>
internal unsafe struct SearchWindow
{
    /// <summary>The (imaginary) place with index 0.</summary>
    public byte* Base;

    /// <summary>The lowest index that a match may start at.</summary>
    public uint Lowest;

    public byte* Start;
    public byte* End;

    /// <summary>The end of the whole input; bytes up to there may be read.</summary>
    public byte* InputEnd;

    /// <summary>The last two distances, as the decoder knows them.</summary>
    public uint Repeat1;
    public uint Repeat2;

    /// <summary>Whether literals that end at <paramref name="place"/> may be read with a wild copy.</summary>
    public readonly bool CanReadWild(byte* place) => InputEnd - place >= WildCopy.Slack;

    /// <summary>Whether the next four bytes are those of <paramref name="distance"/> bytes before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Repeats(byte* place, uint distance) =>
        place - distance >= Base + Lowest && MatchSearch.Read32(place) == MatchSearch.Read32(place - distance);
}
