using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Testing.Logs;

/// <summary>A produced batch as it may be stored, or what is wrong with it.</summary>
internal ref struct CheckedBatch
{
    /// <summary>The bytes that came, or what was made of them; valid until the next batch is checked.</summary>
    public ReadOnlySpan<byte> Bytes;

    public RecordBatchHeader Header;

    public string? Message;

    /// <summary>What is wrong with single records.</summary>
    public List<RecordError>? RecordErrors;
}
