namespace HighPerf.Kafka.Protocol.Records;

/// <summary>Where the parts of one record stand in the bytes it is read from. A length of -1 (or any other below 0) is null.</summary>
internal struct RecordLayout
{
    public long Offset;
    public long Timestamp;
    public int KeyPosition;
    public int KeyLength;
    public int ValuePosition;
    public int ValueLength;
    public int HeadersPosition;
    public int HeadersLength;
    public int HeaderCount;

    /// <summary>Where the next record begins.</summary>
    public int End;
}
