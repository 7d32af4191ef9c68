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
}
