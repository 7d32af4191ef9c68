using HighPerf.Kafka.Consuming.Committing;

namespace HighPerf.Kafka.Tests.Consuming.Committing;

/// <summary>What a slot and a stored offset cost.</summary>
[Collection(AloneCollection.Name)]
public sealed class CommitCostTests
{
    [Fact]
    public void An_idle_slot_takes_less_than_200_bytes_and_words_of_neighbours_are_two_cache_lines_apart()
    {
        const int Count = 1000;
        DirtySlots dirty = new();
        CursorSlot[] slots = new CursorSlot[Count];
        slots[0] = new CursorSlot(new TopicPartition("t", 0), [], Guid.Empty, dirty);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Count; i++)
        {
            slots[i] = new CursorSlot(new TopicPartition("t", i), [], Guid.Empty, dirty);
        }

        double each = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Count;
        Assert.InRange(each, 128, 200);
        GC.KeepAlive(slots);
    }

    [Fact]
    public void Storing_and_taking_allocates_nothing()
    {
        PipelineProbe probe = new();
        CursorSlot[] slots = [.. Enumerable.Range(0, 64).Select(i => probe.Open(i))];
        long offset = 0;
        long least = long.MaxValue;
        for (int round = 0; round < 20; round++)
        {
            probe.Pipeline.CommitAutomatically(probe.Now);
            long before = GC.GetAllocatedBytesForCurrentThread();
            foreach (CursorSlot slot in slots)
            {
                for (int i = 1; i <= 100; i++)
                {
                    slot.Store(offset + i);
                }
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            offset += 100;
            probe.Answer();
            probe.Answer();
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public void An_awaited_commit_allocates_next_to_nothing_of_its_own()
    {
        // The request with its answer, the pipeline's table and the waiters; without a wire.
        const int Callers = 1000;
        SilentPipeline silent = new();
        long least = long.MaxValue;
        for (int round = 0; round < 20; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            silent.CommitTogether(Callers);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.InRange(least / (double)Callers, 0, 8);
    }
}
