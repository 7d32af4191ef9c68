namespace HighPerf.Kafka.Runtime.Tests;

public sealed class TimerHeapTests
{
    [Fact]
    public void Equal_due_times_fire_in_arming_order_and_moving_counts_as_arming_anew()
    {
        TimerHeap heap = new();
        ActionTimer[] timers = [.. Enumerable.Range(0, 20).Select(_ => new ActionTimer(() => { }))];
        foreach (ActionTimer timer in timers)
        {
            heap.Arm(timer, TimeSpan.FromSeconds(1));
        }

        heap.Arm(timers[0], TimeSpan.FromSeconds(1));
        Assert.Equal([.. timers[1..], timers[0]], TakeAll(heap));
    }

    [Fact]
    public void A_random_history_agrees_with_a_sorted_list()
    {
        RandomSource random = new(11);
        TimerHeap heap = new();
        List<(TimeSpan Due, int Order, ActionTimer Timer)> model = [];
        ActionTimer[] timers = [.. Enumerable.Range(0, 60).Select(_ => new ActionTimer(() => { }))];
        for (int step = 0; step < 20_000; step++)
        {
            ActionTimer timer = timers[random.Next(timers.Length)];
            switch (random.Next(4))
            {
                case 0:
                    heap.Disarm(timer);
                    model.RemoveAll(entry => entry.Timer == timer);
                    break;
                case 1:
                    TimeSpan now = TimeSpan.FromTicks(random.Next(50));
                    model.Sort((left, right) => (left.Due, left.Order).CompareTo((right.Due, right.Order)));
                    bool any = heap.TryTakeDue(now, out LoopTimer taken);
                    Assert.Equal(model.Count > 0 && model[0].Due <= now, any);
                    if (any)
                    {
                        Assert.Same(model[0].Timer, taken);
                        Assert.False(taken.IsArmed);
                        model.RemoveAt(0);
                    }

                    break;
                default:
                    TimeSpan due = TimeSpan.FromTicks(random.Next(50));
                    heap.Arm(timer, due);
                    model.RemoveAll(entry => entry.Timer == timer);
                    model.Add((due, step, timer));
                    break;
            }

            Assert.Equal(model.Count, heap.Count);
            Assert.Equal(model.Count == 0 ? TimeSpan.MaxValue : model.Min(entry => entry.Due), heap.EarliestDue);
        }
    }

    [Fact]
    public void A_timer_of_another_loop_is_refused()
    {
        TimerHeap mine = new();
        TimerHeap other = new();
        ActionTimer timer = new(() => { });
        other.Arm(timer, TimeSpan.Zero);
        Assert.Throws<InvalidOperationException>(() => mine.Arm(timer, TimeSpan.Zero));
    }

    private static List<LoopTimer> TakeAll(TimerHeap heap)
    {
        List<LoopTimer> all = [];
        while (heap.TryTakeDue(TimeSpan.MaxValue, out LoopTimer timer))
        {
            all.Add(timer);
        }

        return all;
    }
}
