namespace HighPerf.Kafka.Protocol.Compression;

/// <summary>
/// The scratch state of one codec (hash tables, stream pairs): a few slots, each held by the pool or by exactly one caller.
/// More callers at once than slots get a fresh item, which is dropped when it comes back. Thread-safe, without locks.
/// </summary>
/// <remarks>An item that an exception left in doubt must not come back: the caller drops it.</remarks>
internal sealed class ScratchPool<T> where T : class
{
    private readonly T?[] _slots;
    private readonly Func<T> _create;

    /// <param name="slots">How many idle items are kept.</param>
    public ScratchPool(Func<T> create, int slots)
    {
        _create = create;
        _slots = new T?[slots];
    }

    public T Rent()
    {
        foreach (ref T? slot in _slots.AsSpan())
        {
            // The plain read keeps an empty slot's cache line shared; the exchange decides who gets the item.
            if (slot is not null && Interlocked.Exchange(ref slot, null) is { } item)
            {
                return item;
            }
        }

        return _create();
    }

    /// <returns>False when every slot is full: the item is the caller's to drop.</returns>
    public bool Return(T item)
    {
        foreach (ref T? slot in _slots.AsSpan())
        {
            if (slot is null && Interlocked.CompareExchange(ref slot, item, null) is null)
            {
                return true;
            }
        }

        return false;
    }
}
