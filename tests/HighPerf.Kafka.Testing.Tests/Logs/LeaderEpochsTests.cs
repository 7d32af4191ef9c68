using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Testing.Tests.Logs;

public sealed class LeaderEpochsTests
{
    [Theory]
    [InlineData(-1, -1, -1)]
    [InlineData(0, 0, 10)]
    [InlineData(1, 0, 10)]
    [InlineData(2, 2, 30)]
    [InlineData(3, 2, 30)]
    [InlineData(5, 5, 99)]
    [InlineData(6, -1, -1)]
    public void An_epoch_ends_where_the_next_one_begins(int asked, int epoch, long end) => Assert.Equal(new LeaderEpoch(epoch, end), Epochs().EndOf(asked, 99));

    [Fact]
    public void An_epoch_in_which_nothing_was_written_is_forgotten()
    {
        LeaderEpochs epochs = Epochs();
        epochs.Assign(7, 40);
        epochs.Assign(8, 40);
        Assert.Equal(new LeaderEpoch(5, 40), epochs.EndOf(7, 50));
        Assert.Equal(new LeaderEpoch(8, 50), epochs.EndOf(8, 50));
        epochs.Assign(3, 45);
        Assert.Equal(8, epochs.Latest);
    }

    [Fact]
    public void Truncation_forgets_what_is_cut_off_at_either_end()
    {
        LeaderEpochs epochs = Epochs();
        epochs.TruncateEnd(30);
        Assert.Equal((2, LeaderEpoch.Unknown), (epochs.Latest, epochs.EndOf(5, 30)));
        epochs.TruncateStart(20);
        Assert.Equal(new LeaderEpoch(0, 20), epochs.EndOf(0, 30));
        Assert.Equal(20, epochs.LatestStart);
        epochs.TruncateEnd(0);
        Assert.Equal((-1, -1), (epochs.Latest, epochs.LatestStart));
    }

    private static LeaderEpochs Epochs()
    {
        LeaderEpochs epochs = new();
        epochs.Assign(0, 0);
        epochs.Assign(2, 10);
        epochs.Assign(5, 30);
        return epochs;
    }
}
