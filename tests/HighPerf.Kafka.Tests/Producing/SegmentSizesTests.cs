using HighPerf.Kafka.Producing;

namespace HighPerf.Kafka.Tests.Producing;

public sealed class SegmentSizesTests
{
    private readonly SegmentSizes _sizes = new(64 * 1024 * 1024);

    [Theory]
    [InlineData(4096, 1024)]
    [InlineData(70_000, 4096)]
    [InlineData(1024 * 1024, 64 * 1024)]
    [InlineData(1L << 40, 64 * 1024)]
    public void The_longest_is_at_most_a_sixteenth_of_the_memory_and_64_KB(long memory, int longest) =>
        Assert.Equal(longest, new SegmentSizes(memory).Longest);

    [Theory]
    [InlineData(1, 1024)]
    [InlineData(1024 - 61, 1024)]
    [InlineData(1025 - 61, 4096)]
    [InlineData(60_000, 64 * 1024)]
    [InlineData(70_000, 128 * 1024)]
    [InlineData(900_000, 1024 * 1024)]
    public void A_record_gets_the_shortest_that_it_fits_into(int maxSize, int size) => Assert.Equal(size, SegmentSizes.For(maxSize));

    [Fact]
    public void A_batch_begins_with_what_the_last_ones_took()
    {
        Assert.Equal(1024, _sizes.First(100, 0));
        Assert.Equal(16 * 1024, _sizes.First(100, 5000));
        Assert.Equal(64 * 1024, _sizes.First(100, 1_000_000));
        Assert.Equal(128 * 1024, _sizes.First(100_000, 5000));
    }

    [Fact]
    public void A_batch_goes_on_in_as_much_as_it_took_while_there_is_room()
    {
        Assert.Equal(4096, _sizes.Next(100, 3000, 1_000_000));
        Assert.Equal(64 * 1024, _sizes.Next(100, 500_000, 500_000));
        Assert.Equal(16 * 1024, _sizes.Next(100, 500_000, 10_000));
    }
}
