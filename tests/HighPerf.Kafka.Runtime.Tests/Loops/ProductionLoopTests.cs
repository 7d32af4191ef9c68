namespace HighPerf.Kafka.Runtime.Tests;

public sealed class ProductionLoopTests
{
    public static TheoryData<int> Kinds => [(int)LoopKind.Borrowed, (int)LoopKind.Dedicated];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Items_of_many_threads_run_one_at_a_time_in_the_order_of_each_thread(int kind)
    {
        ProductionEnvironment environment = new(seed: 1);
        EventLoop loop = environment.CreateLoop("stress", (LoopKind)kind);
        const int Threads = 4;
        const int PerThread = 50_000;
        int[] next = new int[Threads];
        int inside = 0;
        int faults = 0;
        int ran = 0;
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(t => new Thread(() =>
        {
            for (int i = 0; i < PerThread; i++)
            {
                int number = i;
                ActionItem item = new(() =>
                {
                    if (++inside != 1 || !loop.IsOwner || next[t]++ != number)
                    {
                        faults++;
                    }

                    inside--;
                    if (++ran == Threads * PerThread)
                    {
                        done.SetResult();
                    }
                });
                if (((i + t) & 1) == 0)
                {
                    loop.Post(item);
                }
                else
                {
                    loop.RunOrPost(item);
                }

                if (i % 1000 == 0)
                {
                    // Lets the loop run dry now and then, so that leaving and entering meet.
                    Thread.Yield();
                }
            }
        }))];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        await done.Task.WaitAsync(LoopExtensions.Patience);
        Assert.Equal(0, faults);
        Assert.False(loop.IsOwner);
        environment.ReleaseLoop(loop);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Waking_an_idle_loop_again_and_again_loses_nothing(int kind)
    {
        ProductionEnvironment environment = new(seed: 1);
        EventLoop loop = environment.CreateLoop("wake", (LoopKind)kind);
        for (int i = 0; i < 5000; i++)
        {
            Assert.Equal(i, await loop.Ask(() => i));
        }

        environment.ReleaseLoop(loop);
    }

    [Fact]
    public void A_caller_that_finds_a_borrowed_loop_idle_runs_its_item_and_what_that_posts()
    {
        ManualExecutor executor = new();
        ProductionEnvironment environment = new(seed: 1, executor: executor);
        EventLoop loop = environment.CreateLoop("borrowed", LoopKind.Borrowed);
        List<int> ran = [];
        loop.RunOrPost(new ActionItem(() =>
        {
            loop.RunOrPost(new ActionItem(() => ran.Add(2)));
            ran.Add(1);
        }));
        Assert.Equal([1, 2], ran);
        Assert.False(loop.IsOwner);
        Assert.Equal(0, executor.Queued);
    }

    [Fact]
    public void A_thread_of_the_pool_runs_one_item_after_the_loop_and_the_executor_gets_the_others()
    {
        ManualExecutor executor = new();
        EventLoop loop = new ProductionEnvironment(seed: 1, executor: executor).CreateLoop("borrowed", LoopKind.Borrowed);
        List<string> ran = [];
        loop.RunOrPostFromPool(new ActionItem(() =>
        {
            loop.QueueAfter(new ActionItem(() => ran.Add($"first {loop.IsOwner}")));
            loop.QueueAfter(new ActionItem(() => ran.Add("second")));
            loop.Post(new ActionItem(() => ran.Add($"posted {loop.IsOwner}")));
        }));
        Assert.Equal(["posted True", "first False"], ran);
        Assert.Equal(1, executor.Queued);
        executor.RunAll();
        Assert.Equal(["posted True", "first False", "second"], ran);
    }

    [Fact]
    public void An_item_after_the_loop_may_use_the_loop_and_block_nobody()
    {
        ManualExecutor executor = new();
        EventLoop loop = new ProductionEnvironment(seed: 1, executor: executor).CreateLoop("borrowed", LoopKind.Borrowed);
        List<int> ran = [];
        loop.RunOrPostFromPool(new ActionItem(() => loop.QueueAfter(new ActionItem(() =>
        {
            loop.RunOrPostFromPool(new ActionItem(() => loop.QueueAfter(new ActionItem(() => ran.Add(1)))));
            ran.Add(2);
        }))));
        Assert.Equal([1, 2], ran);
    }

    [Fact]
    public void A_caller_that_lends_its_thread_runs_nothing_of_what_comes_after()
    {
        ManualExecutor executor = new();
        EventLoop loop = new ProductionEnvironment(seed: 1, executor: executor).CreateLoop("borrowed", LoopKind.Borrowed);
        int ran = 0;
        loop.RunOrPost(new ActionItem(() => loop.QueueAfter(new ActionItem(() => ran++))));
        Assert.Equal(0, ran);
        executor.RunAll();
        Assert.Equal(1, ran);
    }

    [Fact]
    public void A_lending_caller_does_bounded_work_and_hands_the_rest_to_the_executor()
    {
        ManualExecutor executor = new();
        ProductionEnvironment environment = new(seed: 1, executor: executor);
        EventLoop loop = environment.CreateLoop("borrowed", LoopKind.Borrowed);
        int ran = 0;
        ActionItem again = null!;
        again = new ActionItem(() =>
        {
            if (++ran < 100)
            {
                loop.Post(again);
            }
        });
        loop.RunOrPost(again);
        Assert.InRange(ran, 2, 20);
        Assert.Equal(1, executor.Queued);
        int late = 0;
        loop.RunOrPost(new ActionItem(() => late = ran));
        Assert.Equal(0, late);
        executor.RunAll();
        Assert.Equal(100, ran);
        Assert.NotEqual(0, late);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_item_that_throws_is_reported_and_the_loop_goes_on(int kind)
    {
        List<Exception> reported = [];
        ProductionEnvironment environment = new(seed: 1, onUnhandled: reported.Add);
        EventLoop loop = environment.CreateLoop("throwing", (LoopKind)kind);
        loop.Post(new ActionItem(() => throw new FormatException()));
        await loop.Do(() => { });
        Assert.IsType<FormatException>(Assert.Single(reported));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Timers_fire_when_due_and_not_after_they_are_disarmed(int kind)
    {
        ProductionEnvironment environment = new(seed: 1);
        EventLoop loop = environment.CreateLoop("timers", (LoopKind)kind);
        List<string> fired = [];
        TaskCompletionSource<bool> last = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ActionTimer never = new(() => fired.Add("never"));
        ActionTimer moved = new(() => fired.Add("moved"));
        ActionTimer first = new(() => fired.Add("first"));
        TimeSpan due = TimeSpan.Zero;
        ActionTimer end = new(() => last.SetResult(loop.IsOwner && loop.Now >= due));
        await loop.Do(() =>
        {
            due = loop.Now + TimeSpan.FromMilliseconds(30);
            loop.Arm(never, loop.Now + TimeSpan.FromMilliseconds(5));
            loop.Arm(moved, loop.Now);
            loop.Arm(moved, due);
            loop.Arm(end, due);
            loop.Arm(first, loop.Now + TimeSpan.FromMilliseconds(10));
            loop.Disarm(never);
        });
        Assert.True(await last.Task.WaitAsync(LoopExtensions.Patience));
        Assert.Equal(["first", "moved"], await loop.Ask(() => fired.ToArray()));
        environment.ReleaseLoop(loop);
    }

    [Fact]
    public void A_borrowed_loop_takes_its_time_from_the_injected_provider()
    {
        SimulatedEnvironment clock = new(1);
        ProductionEnvironment environment = new(clock.Time, seed: 1, executor: clock.Executor);
        EventLoop loop = environment.CreateLoop("virtual", LoopKind.Borrowed);
        List<TimeSpan> fired = [];
        ActionTimer late = new(() => fired.Add(loop.Now));
        ActionTimer early = new(() => fired.Add(loop.Now));
        loop.RunOrPost(new ActionItem(() =>
        {
            loop.Arm(late, TimeSpan.FromHours(2));
            loop.Arm(early, TimeSpan.FromHours(1));
        }));
        clock.RunFor(TimeSpan.FromHours(3));
        Assert.Equal([TimeSpan.FromHours(1), TimeSpan.FromHours(2)], fired);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_released_loop_runs_what_was_queued_and_what_comes_late(int kind)
    {
        ProductionEnvironment environment = new(seed: 1);
        EventLoop loop = environment.CreateLoop("released", (LoopKind)kind);
        int ran = 0;
        for (int i = 0; i < 100; i++)
        {
            loop.Post(new ActionItem(() => ran++));
        }

        environment.ReleaseLoop(loop);
        Assert.Equal(100, await loop.Ask(() => ran));
        Assert.Equal(100, await loop.Ask(() => ran));
        Assert.True(await loop.Ask(() => loop.IsOwner));
    }

    [Fact]
    public void Posting_and_running_allocates_nothing_once_the_queue_has_grown()
    {
        ManualExecutor executor = new();
        ProductionEnvironment environment = new(seed: 1, executor: executor);
        EventLoop loop = environment.CreateLoop("borrowed", LoopKind.Borrowed);
        ActionItem item = new(static () => { });
        PostMany();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++)
        {
            PostMany();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void PostMany()
        {
            for (int i = 0; i < 300; i++)
            {
                loop.Post(item);
            }

            executor.RunAll();
            loop.RunOrPost(item);
        }
    }

    [Fact]
    public void Equal_seeds_and_names_give_equal_numbers_and_other_names_others()
    {
        ProductionEnvironment one = new(seed: 5);
        ProductionEnvironment two = new(seed: 5);
        ulong number = one.CreateRandom("jitter").NextUInt64();
        Assert.Equal(number, two.CreateRandom("jitter").NextUInt64());
        Assert.NotEqual(number, two.CreateRandom("other").NextUInt64());
    }
}
