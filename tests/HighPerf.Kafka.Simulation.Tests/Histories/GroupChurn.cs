using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>Members that come, leave and die every few seconds, and a coordinator that moves.</summary>
internal sealed class GroupChurn(
    SimulatedEnvironment environment, KafkaTestCluster cluster, GroupSize size, RandomSource random, Func<string, GroupActor> create)
{
    private readonly List<(GroupActor Actor, Task Running)> _members = [];
    private readonly List<GroupActor> _all = [];
    private readonly List<GroupActor> _dead = [];
    private readonly List<Task> _leaving = [];

    /// <summary>Whether nobody died, lost a partition or took too long.</summary>
    public bool WasClean => _dead.Count == 0 && _all.TrueForAll(static actor => actor is { Losses: 0, Overruns: 0 });

    public async Task StepAsync(bool rough)
    {
        foreach ((_, Task running) in _members)
        {
            if (running.IsFaulted)
            {
                await running;
            }
        }

        int choice = random.Next(60);
        if (_members.Count == 0 || (choice < 6 && _members.Count < size.Members))
        {
            Join();
        }
        else if (choice is 6 or 7 && _members.Count > 1)
        {
            (GroupActor actor, Task running) = Take();
            actor.Leave();
            _leaving.Add(running);
        }
        else if (choice == 8 && rough && _members.Count > 1)
        {
            (GroupActor actor, Task running) = Take();
            actor.Die();
            _dead.Add(actor);
            _leaving.Add(CleanUpAsync(actor, running));
        }
        else if (choice == 9)
        {
            await cluster.MoveGroupCoordinatorAsync("simulated", 1 + random.Next(3));
        }
    }

    /// <summary>Lets the group come to rest until everything is read.</summary>
    public async Task SettleAsync(Func<bool> isDone)
    {
        TimeSpan limit = environment.Now + TimeSpan.FromMinutes(3) + size.Time; // slow members may be as far behind as the unrest was long
        while (!isDone())
        {
            foreach ((GroupActor actor, Task running) in _members)
            {
                if (running.IsCompleted)
                {
                    await running;
                }
            }

            Assert.True(environment.Now < limit, "The group did not come to rest in time.");
            await environment.Wait(TimeSpan.FromMilliseconds(500));
        }

        // A connection that was stalled in the unrest is found out by the longest timeout of a request, a JoinGroup's.
        await environment.Wait(TimeSpan.FromSeconds(20));
    }

    /// <summary>Everybody leaves. What buffers are still held.</summary>
    public async Task<long> CloseAsync()
    {
        foreach ((GroupActor actor, Task running) in _members)
        {
            actor.Leave();
            _leaving.Add(running);
        }

        await Task.WhenAll(_leaving);
        return _all.Sum(static actor => actor.OutstandingBuffers);
    }

    // What is left of the dead reaches nobody, and is only put away.
    private static async Task CleanUpAsync(GroupActor dead, Task running)
    {
        await running;
        await dead.CloseAsync();
    }

    private void Join()
    {
        GroupActor actor = create($"member-{_all.Count}");
        _all.Add(actor);
        _members.Add((actor, actor.RunAsync()));
    }

    private (GroupActor Actor, Task Running) Take()
    {
        int index = random.Next(_members.Count);
        (GroupActor, Task) taken = _members[index];
        _members.RemoveAt(index);
        return taken;
    }
}
