namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>A place in <see cref="DirtySlots"/> for one slot: the slot's own, or one made beside it.</summary>
internal abstract class DirtyLink
{
    /// <summary>Written by who pushes it, before it is seen; then the loop's.</summary>
    public DirtyLink? Next { get; set; }

    /// <summary>
    /// Takes the link out of use and returns its slot. The loop only, once for each time it was pushed, after <see cref="Next"/> was read.
    /// </summary>
    public abstract CursorSlot Unlink();
}
