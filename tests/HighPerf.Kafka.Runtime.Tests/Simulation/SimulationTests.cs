namespace HighPerf.Kafka.Runtime.Tests;

public sealed class SimulationTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData(1UL)]
    [InlineData(77UL)]
    public void The_same_seed_gives_the_same_history_and_another_seed_another(ulong seed)
    {
        List<string> first = [];
        List<string> second = [];
        ulong hash = RunEchoes(seed, NetworkFaultPlan.Rough, first.Add);
        Assert.Equal(hash, RunEchoes(seed, NetworkFaultPlan.Rough, second.Add));
        Assert.Equal(first, second);
        Assert.NotEqual(hash, RunEchoes(seed + 1, NetworkFaultPlan.Rough, trace: null));
    }

    [Fact]
    public void On_a_calm_network_every_echo_is_right_for_many_seeds()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            SimulatedEnvironment environment = new(seed);
            SimulatedNetwork network = new(environment, NetworkFaultPlan.Calm with { Window = 700 });
            EventLoop server = environment.CreateLoop("server", LoopKind.Borrowed);
            network.Listen("broker", 9092, server, new EchoServer(server));
            int good = 0;
            environment.Run(
                async () =>
                {
                    EventLoop loop = environment.CreateLoop("client", LoopKind.Dedicated);
                    good = await new EchoClient(loop, messages: 20, length: 1000).Run(network, "BROKER", 9092);
                },
                Limit);
            Assert.Equal(20, good);
        }
    }

    [Fact]
    public void A_connection_to_nobody_is_refused_with_its_name()
    {
        SimulatedEnvironment environment = new(3);
        SimulatedNetwork network = new(environment);
        EchoClient client = new(environment.CreateLoop("client", LoopKind.Borrowed), 1, 10);
        environment.Run(() => client.Run(network, "nobody", 1), Limit);
        Assert.Contains("nobody:1", client.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Waiting_for_what_never_comes_is_a_deadlock_and_its_message_shows_the_state()
    {
        SimulatedEnvironment environment = new(4);
        environment.CreateLoop("lonely loop", LoopKind.Borrowed);
        SimulationDeadlockException error = Assert.Throws<SimulationDeadlockException>(
            () => environment.Run(() => new TaskCompletionSource().Task, Limit));
        Assert.Contains("lonely loop", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Virtual_time_jumps_and_delays_complete_in_order()
    {
        SimulatedEnvironment environment = new(5);
        List<int> order = [];
        environment.Run(
            async () =>
            {
                Task late = Note(2, TimeSpan.FromDays(2));
                Task early = Note(1, TimeSpan.FromDays(1));
                await Task.WhenAll(late, early);
            },
            TimeSpan.FromDays(3));
        Assert.Equal([1, 2], order);
        Assert.Equal(TimeSpan.FromDays(2), environment.Now);
        Assert.Equal(SimulatedTimeProvider.Start + TimeSpan.FromDays(2), environment.Time.GetUtcNow());

        async Task Note(int number, TimeSpan delay)
        {
            await environment.Wait(delay);
            order.Add(number);
        }
    }

    [Fact]
    public void The_limit_of_virtual_time_ends_a_run()
    {
        SimulatedEnvironment environment = new(6);
        Assert.Throws<TimeoutException>(() => environment.Run(() => environment.Wait(TimeSpan.FromHours(2)), TimeSpan.FromHours(1)));
    }

    [Fact]
    public void An_exception_of_the_application_or_of_an_item_comes_out_of_the_run()
    {
        SimulatedEnvironment environment = new(7);
        Assert.Throws<FormatException>(() => environment.Run(() => throw new FormatException(), Limit));
        EventLoop loop = environment.CreateLoop("loop", LoopKind.Borrowed);
        loop.Post(new ActionItem(() => throw new NotSupportedException()));
        Assert.Throws<NotSupportedException>(() => environment.Run(() => new TaskCompletionSource().Task, Limit));
    }

    [Fact]
    public void Work_from_another_thread_is_refused_and_ends_the_run()
    {
        SimulatedEnvironment environment = new(8);
        EventLoop loop = environment.CreateLoop("loop", LoopKind.Borrowed);
        Exception? outside = null;
        Thread thread = new(() => outside = Record.Exception(() => loop.Post(new ActionItem(() => { }))));
        thread.Start();
        thread.Join();
        Assert.IsType<InvalidOperationException>(outside);
        Assert.Throws<InvalidOperationException>(() => environment.Run(() => new TaskCompletionSource().Task, Limit));
    }

    [Theory]
    [InlineData(0.0, null)]
    [InlineData(1.0, "reset")]
    public void A_broken_connection_ends_for_both_sides_as_an_end_or_a_reset(double resetProbability, string? told)
    {
        (EchoClient client, int good) = RunWithTrouble(
            9, NetworkFaultPlan.Calm with { ResetProbability = resetProbability }, network => network.Break("broker", 9092), Limit);
        Assert.InRange(good, 1, 9_999);
        if (told is null)
        {
            Assert.True(client.Error is null || client.Error.Message.Contains("reset", StringComparison.Ordinal));
        }
        else
        {
            Assert.Contains(told, client.Error!.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_stalled_connection_tells_nobody()
    {
        SimulationDeadlockException error = Assert.Throws<SimulationDeadlockException>(
            () => RunWithTrouble(10, NetworkFaultPlan.Calm, network => network.Stall("broker", 9092), Limit));
        Assert.Contains("client", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_plan_that_refuses_refuses()
    {
        (EchoClient client, int good) = RunWithTrouble(11, NetworkFaultPlan.Calm with { RefuseProbability = 1 }, _ => { }, Limit);
        Assert.Equal(0, good);
        Assert.Contains("refused by the fault plan", client.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_breaks_and_cuts_never_corrupt_what_arrives()
    {
        int broken = 0;
        for (ulong seed = 0; seed < 60; seed++)
        {
            (_, int good) = RunWithTrouble(seed, NetworkFaultPlan.Rough with { StallProbability = 0, BreakProbability = 0.0001 }, _ => { }, Limit);
            broken += good < 10_000 ? 1 : 0;
            if (seed >= 3 && broken > 0)
            {
                return;
            }
        }

        Assert.Fail("No connection ever broke.");
    }

    [Fact]
    public void Both_choices_of_entering_an_idle_loop_and_of_order_occur()
    {
        HashSet<string> orders = [];
        for (ulong seed = 0; seed < 40; seed++)
        {
            SimulatedEnvironment environment = new(seed);
            EventLoop one = environment.CreateLoop("one", LoopKind.Borrowed);
            EventLoop two = environment.CreateLoop("two", LoopKind.Borrowed);
            string order = string.Empty;
            one.Post(new ActionItem(() =>
            {
                order += "1";
                two.RunOrPost(new ActionItem(() => order += "2"));
                order += "3";
            }));
            environment.Executor.Queue(new ActionItem(() => order += "x"));
            environment.RunFor(TimeSpan.Zero);
            orders.Add(order);
        }

        Assert.Contains("x123", orders);
        Assert.Contains("x132", orders);
        Assert.Contains("132x", orders);
        Assert.Contains("13x2", orders);
    }

    [Fact]
    public void A_disarmed_timer_does_not_fire_and_equal_due_times_fire_in_arming_order()
    {
        SimulatedEnvironment environment = new(12);
        EventLoop loop = environment.CreateLoop("loop", LoopKind.Borrowed);
        List<int> fired = [];
        ActionTimer[] timers = [.. Enumerable.Range(0, 5).Select(i => new ActionTimer(() => fired.Add(i)))];
        loop.Post(new ActionItem(() =>
        {
            foreach (ActionTimer timer in timers)
            {
                loop.Arm(timer, TimeSpan.FromSeconds(1));
            }

            loop.Disarm(timers[2]);
        }));
        environment.RunFor(TimeSpan.FromSeconds(2));
        Assert.Equal([0, 1, 3, 4], fired);
        Assert.Throws<InvalidOperationException>(() => loop.Arm(timers[0], TimeSpan.Zero));
    }

    private static (EchoClient Client, int Good) RunWithTrouble(
        ulong seed, NetworkFaultPlan plan, Action<SimulatedNetwork> trouble, TimeSpan limit)
    {
        SimulatedEnvironment environment = new(seed);
        SimulatedNetwork network = new(environment, plan);
        EventLoop server = environment.CreateLoop("server", LoopKind.Borrowed);
        network.Listen("broker", 9092, server, new EchoServer(server));
        EchoClient client = new(environment.CreateLoop("client", LoopKind.Borrowed), messages: 10_000, length: 50);
        int good = 0;
        environment.Run(
            async () =>
            {
                Task<int> echoes = client.Run(network, "broker", 9092);
                await environment.Wait(TimeSpan.FromMilliseconds(200));
                trouble(network);
                good = await echoes;
            },
            limit);
        return (client, good);
    }

    private static ulong RunEchoes(ulong seed, NetworkFaultPlan plan, Action<string>? trace)
    {
        SimulatedEnvironment environment = new(seed, trace);
        SimulatedNetwork network = new(environment, plan with { StallProbability = 0 });
        EventLoop server = environment.CreateLoop("server", LoopKind.Borrowed);
        network.Listen("broker", 9092, server, new EchoServer(server));
        environment.Run(
            async () =>
            {
                Task<int>[] clients = new Task<int>[5];
                for (int i = 0; i < clients.Length; i++)
                {
                    EventLoop loop = environment.CreateLoop($"client {i}", LoopKind.Borrowed);
                    clients[i] = new EchoClient(loop, messages: 30, length: 500).Run(network, "broker", 9092);
                }

                foreach (int good in await Task.WhenAll(clients))
                {
                    environment.Log.Add("good", (ulong)good);
                }
            },
            Limit);
        return environment.Log.Hash;
    }
}
