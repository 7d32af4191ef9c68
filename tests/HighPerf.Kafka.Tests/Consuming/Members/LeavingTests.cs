using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Consuming.Members;

/// <summary>Leaving a group ends, whatever the group wants of the member on its way out.</summary>
public sealed class LeavingTests
{
    public static TheoryData<ulong> Seeds => Simulation.Seeds;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void S5_closing_ends_though_the_group_begins_anew_meanwhile(ulong seed) => Leave(seed, static consumer => consumer.DisposeAsync().AsTask());

    [Theory]
    [MemberData(nameof(Seeds))]
    public void S5_unsubscribing_ends_though_the_group_begins_anew_meanwhile(ulong seed) => Leave(seed, static consumer => consumer.UnsubscribeAsync());

    [Theory]
    [MemberData(nameof(Seeds))]
    public void S5_closing_ends_though_the_partitions_are_lost_meanwhile(ulong seed) => GroupWorld.Run(seed, 2, async world =>
    {
        SlowListener listener = new(world, TimeSpan.FromSeconds(10));
        KafkaConsumer<string, string> consumer = world.Join("first", listener);
        await world.UntilAsync(() => consumer.Assignment.Count == 2, "it has its partitions");
        Task closing = consumer.DisposeAsync().AsTask();
        await world.Wait(TimeSpan.FromSeconds(1));
        await world.Cluster.Faults.PartitionNetworkAsync("first"); // the session is over before the listener is
        TimeSpan before = world.Environment.Now;
        await closing;
        Assert.InRange(world.Environment.Now - before, TimeSpan.Zero, TimeSpan.FromSeconds(31));
        await world.Cluster.Faults.HealNetworkAsync("first");
    });

    private static void Leave(ulong seed, Func<KafkaConsumer<string, string>, Task> leave) => GroupWorld.Run(seed, 2, async world =>
    {
        SlowListener listener = new(world, TimeSpan.FromSeconds(4));
        KafkaConsumer<string, string> first = world.Join("first", listener);
        await world.UntilAsync(() => first.Assignment.Count == 2, "it has its partitions");
        Task leaving = leave(first);
        await using KafkaConsumer<string, string> second = world.Join("second");
        TimeSpan before = world.Environment.Now;
        await leaving;
        Assert.InRange(world.Environment.Now - before, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(6));
        await world.UntilAsync(() => second.Assignment.Count == 2, "the other has them");
        Assert.Single(world.Story("first"), static line => line == "Leave");
        await first.DisposeAsync();
    });

    /// <summary>Takes its time when partitions go.</summary>
    private sealed class SlowListener(GroupWorld world, TimeSpan time) : IRebalanceListener
    {
        public ValueTask OnPartitionsAssignedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => default;

        public async ValueTask OnPartitionsRevokedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) =>
            await world.Wait(time);

        public ValueTask OnPartitionsLostAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken) => default;
    }
}
