namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>What became of an offset that was stored in a <see cref="CursorSlot"/>.</summary>
internal enum StoreResult
{
    /// <summary>It is the highest now, and goes with the next commit.</summary>
    Stored,

    /// <summary>As high an offset, or a higher one, is stored already; nothing changed.</summary>
    NotHigher,

    /// <summary>The partition is not assigned any more: nothing was stored, nothing will be committed (G8).</summary>
    Closed,
}
