using HighPerf.Kafka.Producing;

namespace HighPerf.Kafka.Tests.Producing.Face;

public sealed class BrokerAvailabilityTests
{
    [Fact]
    public void A_broker_is_given_up_when_it_has_taken_nothing_for_longer_than_the_timeout_and_no_sooner()
    {
        BrokerAvailability brokers = new(Seconds(3));
        Assert.True(brokers.IsAvailable(1, Seconds(100)));
        brokers.Stalled(1, Seconds(100));
        brokers.Stalled(1, Seconds(102)); // still the same stall
        Assert.True(brokers.IsAvailable(1, Seconds(103)));
        Assert.False(brokers.IsAvailable(1, Seconds(103.1)));
        Assert.True(brokers.IsAvailable(2, Seconds(103.1)));
        brokers.Moves(1);
        Assert.True(brokers.IsAvailable(1, Seconds(103.1)));
        brokers.Stalled(1, Seconds(104));
        Assert.True(brokers.IsAvailable(1, Seconds(106)));
    }

    [Fact]
    public void Without_a_timeout_no_broker_is_given_up()
    {
        BrokerAvailability brokers = new(TimeSpan.Zero);
        brokers.Stalled(1, Seconds(1));
        Assert.True(brokers.IsAvailable(1, Seconds(1_000_000)));
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
