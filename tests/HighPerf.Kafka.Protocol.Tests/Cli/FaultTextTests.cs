using HighPerf.Kafka.Cli.Faults;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Protocol.Tests.Cli;

public sealed class FaultTextTests : IAsyncLifetime
{
    private KafkaTestCluster _cluster = null!;

    public async Task InitializeAsync() =>
        _cluster = await KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { Transport = KafkaTestTransport.InMemory, Brokers = 2 });

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public void What_stands_before_and_behind_the_colon_says_which_requests_are_meant()
    {
        FaultRule rule = FaultText.Add(_cluster.Faults, "Fetch,broker=2, client=billing:delay=200ms,nth=5");
        Assert.Equal(new RequestMatch { ApiKey = ApiKey.Fetch, Broker = 2, ClientId = "billing", Skip = 4, Times = 1 }, rule.Match);
        rule = FaultText.Add(_cluster.Faults, "*,connection=7,skip=1:close,every=100,times=3");
        Assert.Equal(new RequestMatch { Connection = 7, Skip = 1, Every = 100, Times = 3 }, rule.Match);
        rule = FaultText.Add(_cluster.Faults, "produce:error=NOT_LEADER_OR_FOLLOWER,topic=t,partition=1");
        Assert.Equal(new RequestMatch { ApiKey = ApiKey.Produce, Topic = "t", Partition = 1 }, rule.Match);
    }

    [Theory]
    [InlineData("Produce:error=NotLeaderOrFollower")]
    [InlineData("Produce:error=6")]
    [InlineData("Produce:error-after=RequestTimedOut")]
    [InlineData("Produce:throttle=1.5s")]
    [InlineData("Produce:delay=2m")]
    [InlineData("Produce:cut=10")]
    [InlineData("Produce:lose-answer")]
    [InlineData("Produce:silence-answer")]
    [InlineData("Produce:lose-request")]
    [InlineData("Produce:half-open")]
    public void Every_fault_has_a_form(string text)
    {
        FaultText.Add(_cluster.Faults, text);
        Assert.Single(_cluster.Faults.Rules);
    }

    [Theory]
    [InlineData("Produce", "it has the form <api>:<what>")]
    [InlineData("Prodcue:close", "there is no API 'Prodcue'")]
    [InlineData("Produce:explode", "there is no fault 'explode'")]
    [InlineData("Produce:close=1", "there is no close=")]
    [InlineData("Produce:error=Nothing", "there is no error 'Nothing'")]
    [InlineData("Produce:error", "there is no error ''")]
    [InlineData("Produce:delay=200", "'200' is no time such as 200ms, 5s or 2m")]
    [InlineData("Produce,color=red:close", "'color=red' does not say which requests are meant")]
    [InlineData("Produce,broker=x:close", "broker is 'x'; it must be a number")]
    [InlineData("Heartbeat,topic=t,partition=0:error=6", "Heartbeat cannot fail for one partition")]
    public void What_is_no_fault_is_refused_with_a_reason(string text, string reason)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => FaultText.Add(_cluster.Faults, text));
        Assert.StartsWith($"--fault {text}: {reason}", error.Message);
        Assert.Empty(_cluster.Faults.Rules);
    }
}
