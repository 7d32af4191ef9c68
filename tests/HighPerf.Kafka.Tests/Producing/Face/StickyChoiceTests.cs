using HighPerf.Kafka.Producing;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Tests.Producing.Face;

/// <summary>The choice of a partition for records without a key (KIP-794), alone, from a seed.</summary>
public sealed class StickyChoiceTests
{
    private const int Draws = 100_000;

    [Fact]
    public void Partitions_where_nothing_waits_are_alike() => AssertShares([1, 1, 1, 1], Draw(new Loads([0, 0, 0, 0])));

    [Fact]
    public void The_more_waits_the_less_is_sent_inversely() => AssertShares([1, 1.0 / 2, 1.0 / 4, 1.0 / 10], Draw(new Loads([0, 1, 3, 9])));

    [Fact]
    public void What_cannot_be_reached_gets_nothing() => AssertShares([1, 0, 1, 0], Draw(new Loads([2, -1, 2, -1])));

    [Fact]
    public void When_none_can_be_reached_all_are_alike() => AssertShares([1, 1, 1], Draw(new Loads([-1, -1, -1])));

    [Fact]
    public void One_partition_is_the_only_choice() => Assert.Equal(0, StickyChoice.Next(new Loads([7]), new RandomSource(1)));

    [Fact]
    public void Of_many_partitions_only_some_are_looked_at_and_the_shares_stay()
    {
        // Half of a thousand have three batches waiting: they get a fourth of what the others get.
        int[] counts = Draw(new Loads([.. Enumerable.Range(0, 1000).Select(static i => i % 2 == 0 ? 0 : 3)]));
        double even = counts.Where(static (_, i) => i % 2 == 0).Sum();
        Assert.InRange(even / Draws, 0.785, 0.815);
        CountingLoads looks = new(new int[10_000]);
        StickyChoice.Next(looks, new RandomSource(5));
        Assert.Equal(StickyChoice.MostCandidates, looks.Looks[0]);
    }

    [Fact]
    public void Of_many_partitions_the_one_that_can_be_reached_is_found()
    {
        int[] loads = [.. Enumerable.Repeat(-1, 5000)];
        loads[4321] = 100;
        RandomSource random = new(3);
        for (int i = 0; i < 200; i++)
        {
            Assert.Equal(4321, StickyChoice.Next(new Loads(loads), random));
        }
    }

    [Fact]
    public void The_same_seed_chooses_the_same() => Assert.Equal(Draw(new Loads([0, 3, 1, 2])), Draw(new Loads([0, 3, 1, 2])));

    private static int[] Draw(Loads loads)
    {
        RandomSource random = new(42);
        int[] counts = new int[loads.Count];
        for (int i = 0; i < Draws; i++)
        {
            counts[StickyChoice.Next(loads, random)]++;
        }

        return counts;
    }

    // The seed is fixed, so that the bound (one percent of all; six standard deviations) only says how near is near.
    private static void AssertShares(double[] weights, int[] counts)
    {
        double sum = weights.Sum();
        for (int i = 0; i < weights.Length; i++)
        {
            Assert.InRange((double)counts[i] / Draws, (weights[i] / sum) - 0.01, (weights[i] / sum) + 0.01);
            Assert.True(weights[i] > 0 || counts[i] == 0);
        }
    }

    private readonly struct Loads(int[] loads) : IPartitionLoads
    {
        public int Count => loads.Length;

        public int LoadOf(int partition) => loads[partition];
    }

    private readonly struct CountingLoads(int[] loads) : IPartitionLoads
    {
        public int Count => loads.Length;

        public int[] Looks { get; } = new int[1];

        public int LoadOf(int partition)
        {
            Looks[0]++;
            return loads[partition];
        }
    }
}
