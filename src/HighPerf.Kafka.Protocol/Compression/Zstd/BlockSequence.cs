namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// One step of a block: so many literals, then a match of so many bytes. The offset is in its written form: 1 to 3 name a recent
/// distance, anything above is a distance plus 3.
/// </summary>
internal struct BlockSequence
{
    public uint LiteralLength;
    public uint MatchLength;
    public uint OffsetValue;
}
