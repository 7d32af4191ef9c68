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
            await Task.Delay(delay, environment.Time);
            order.Add(number);
        }
    }

    [Fact]
    public void The_limit_of_virtual_time_ends_a_run()
    {
        SimulatedEnvironment environment = new(6);
        Assert.Throws<TimeoutException>(() => environment.Run(() => Task.Delay(TimeSpan.FromHours(2), environment.Time), TimeSpan.FromHours(1)));
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
