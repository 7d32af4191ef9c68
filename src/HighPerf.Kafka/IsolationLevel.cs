namespace HighPerf.Kafka;

/// <summary>What a consumer sees of transactions; the numbers are those of the protocol.</summary>
public enum IsolationLevel : byte
{
    /// <summary>Every record.</summary>
    ReadUncommitted = 0,

    /// <summary>Records of committed transactions and records outside transactions, up to the last stable offset.</summary>
    ReadCommitted = 1,
}
