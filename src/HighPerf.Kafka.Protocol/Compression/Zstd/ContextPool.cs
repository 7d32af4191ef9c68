namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// Keeps a few contexts (a megabyte of tables or less each) for reuse. Thread-safe without a lock: a context belongs to whoever exchanged it out of its slot.
/// When all slots are full a returned one is left to the collector, so a burst of threads does not pin memory for ever.
/// </summary>
internal sealed class ContextPool<T>
    where T : class, new()
{
    private readonly T?[] _slots = new T?[Math.Min(Environment.ProcessorCount, 16)];

    public T Rent()
    {
        for (int i = 0; i < _slots.Length; i++)
        {
            if (Volatile.Read(ref _slots[i]) is not null && Interlocked.Exchange(ref _slots[i], null) is { } context)
            {
                return context;
            }
        }

        return new T();
    }

    public void Return(T context)
    {
        for (int i = 0; i < _slots.Length; i++)
        {
            if (Volatile.Read(ref _slots[i]) is null && Interlocked.CompareExchange(ref _slots[i], context, null) is null)
            {
                return;
            }
        }
    }
}
