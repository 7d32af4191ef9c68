using BenchmarkDotNet.Attributes;
using HighPerf.Kafka.Consuming.Committing;

namespace HighPerf.Kafka.Benchmarks.Consuming;

/// <summary>
/// What a stored offset costs the thread that processes records: one partition, 64 in turn, each store taken before the next one (so that each pushes the
/// slot),
/// four threads on slots of their own, and on one slot. Per stored offset.
/// </summary>
public class CursorStoreBenchmarks
{
    private const int Stores = 4_000_000;
    private const int Threads = 4;

    private DirtySlots _dirty = null!;
    private CursorSlot[] _slots = null!;
    private long _offset;

    [GlobalSetup]
    public void SetUp()
    {
        _dirty = new DirtySlots();
        _slots = [.. Enumerable.Range(0, 64).Select(i => new CursorSlot(new TopicPartition("bench", i), [], Guid.Empty, _dirty))];
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Stores)]
    public void OnePartition() => Store(_slots[0], Stores);

    [Benchmark(OperationsPerInvoke = Stores)]
    public void SixtyFourPartitionsInTurn()
    {
        CursorSlot[] slots = _slots;
        for (int i = 0; i < Stores; i++)
        {
            slots[i & 63].Store(++_offset);
        }
    }

    [Benchmark(OperationsPerInvoke = Stores)]
    public void TakenEachTime()
    {
        for (int i = 0; i < Stores; i++)
        {
            _slots[0].Store(++_offset);
            for (DirtyLink? link = _dirty.TakeAll(); link is not null;)
            {
                DirtyLink? next = link.Next;
                link.Next = null;
                link.Unlink().Take();
                link = next;
            }
        }
    }

    [Benchmark(OperationsPerInvoke = Stores)]
    public void FourThreadsOnSlotsOfTheirOwn() => OnThreads(thread => Store(_slots[thread], Stores / Threads));

    [Benchmark(OperationsPerInvoke = Stores)]
    public void FourThreadsOnOneSlot() => OnThreads(_ => Store(_slots[0], Stores / Threads));

    private static void Store(CursorSlot slot, int count)
    {
        long offset = slot.StoredOffset;
        for (int i = 0; i < count; i++)
        {
            slot.Store(++offset);
        }
    }

    private static void OnThreads(Action<int> work)
    {
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(i => new Thread(() => work(i)))];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
    }
}
