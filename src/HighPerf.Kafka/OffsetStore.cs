namespace HighPerf.Kafka;

/// <summary>When the offset of a record that was read counts as processed, and may be committed.</summary>
public enum OffsetStore
{
    /// <summary>
    /// When the reader asks for more: the next record stores the one before; a batch is stored when it was disposed and the next is asked for. A record that
    /// is being
    /// processed when the application fails is read again.
    /// </summary>
    OnNext,

    /// <summary>Only by <c>StoreOffset</c>, or by committing it.</summary>
    Manual,
}
