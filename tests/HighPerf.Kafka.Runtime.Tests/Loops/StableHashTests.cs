namespace HighPerf.Kafka.Runtime.Tests;

public sealed class StableHashTests
{
    [Fact]
    public void The_values_are_the_same_in_every_process()
    {
        // Written down once; a change would make recorded seeds mean something else.
        Assert.Equal(StableHash.Of("network"), StableHash.Of(new string("network".ToCharArray())));
        Assert.Equal(ExpectedOfNetwork, StableHash.Of("network"));
        Assert.Equal(ExpectedOfBytes, StableHash.Add(StableHash.Start, "123456789"u8));
    }

    [Fact]
    public void Length_order_and_content_matter()
    {
        Assert.NotEqual(StableHash.Add(StableHash.Start, [0]), StableHash.Add(StableHash.Start, [0, 0]));
        Assert.NotEqual(StableHash.Add(StableHash.Start, [1, 2]), StableHash.Add(StableHash.Start, [2, 1]));
    }

    private const ulong ExpectedOfNetwork = 13334922306121646059;
    private const ulong ExpectedOfBytes = 10381972309629485440;
}
