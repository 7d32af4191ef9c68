namespace HighPerf.Kafka.Testing.Tests.Groups;

public sealed class GroupStormTests
{
    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 12).Select(seed => (ulong)seed)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whatever_members_and_coordinators_do_generations_are_whole_and_the_group_comes_to_rest(ulong seed)
    {
        GroupStorm? storm = null;
        TestBroker.Simulate(broker => (storm = new GroupStorm(broker, seed)).RunAsync(), new KafkaTestClusterOptions { Brokers = 2 }, seed: seed);
        Assert.InRange(storm!.Generations, 10, 1000);
        Assert.InRange(storm.Moves, 6, 12);
    }

    [Fact]
    public void The_same_seed_is_the_same_storm()
    {
        ulong Run() => TestBroker.Simulate(broker => new GroupStorm(broker, 5).RunAsync(), new KafkaTestClusterOptions { Brokers = 2 }, seed: 5);
        Assert.Equal(Run(), Run());
    }
}
