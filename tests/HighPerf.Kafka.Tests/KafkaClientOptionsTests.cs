namespace HighPerf.Kafka.Tests;

public sealed class KafkaClientOptionsTests
{
    public static TheoryData<KafkaClientOptions, string> Wrong => new()
    {
        { new KafkaClientOptions { BootstrapServers = "a:b" }, "BootstrapServers \"a:b\"" },
        { new KafkaClientOptions { BootstrapServers = "a", ClientId = "" }, "ClientId must be 1 to 255 characters" },
        { new KafkaClientOptions { BootstrapServers = "a", ClientId = new string('x', 256) }, "ClientId must be 1 to 255 characters" },
        { new KafkaClientOptions { BootstrapServers = "a", ConnectTimeout = TimeSpan.Zero }, "ConnectTimeout is 00:00:00; it must be from 1 ms to 24 days" },
        { new KafkaClientOptions { BootstrapServers = "a", RequestTimeout = TimeSpan.FromDays(25) }, "RequestTimeout is 25" },
        { new KafkaClientOptions { BootstrapServers = "a", OperationTimeout = TimeSpan.FromSeconds(-1) }, "OperationTimeout is -00:00:01" },
        { new KafkaClientOptions { BootstrapServers = "a", ReconnectBackoff = TimeSpan.FromSeconds(2) }, "ReconnectBackoffMax (00:00:01) is shorter" },
        { new KafkaClientOptions { BootstrapServers = "a", RetryBackoff = TimeSpan.Zero }, "RetryBackoff is" },
        { new KafkaClientOptions { BootstrapServers = "a", MetadataMaxAge = TimeSpan.MaxValue }, "MetadataMaxAge is" },
        { new KafkaClientOptions { BootstrapServers = "a", MaxResponseBytes = 1023 }, "MaxResponseBytes is 1023; it must be from 1024 to" },
        { new KafkaClientOptions { BootstrapServers = "a", MaxInFlightRequests = 0 }, "MaxInFlightRequests is 0; it must be from 1 to 1000" },
        { new KafkaClientOptions { BootstrapServers = "a", MaxInFlightRequests = 1001 }, "MaxInFlightRequests is 1001" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_value_is_refused_when_the_client_is_made(KafkaClientOptions options, string expected)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new KafkaClient(options));
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public async Task A_client_that_was_never_used_closes_at_once_and_twice()
    {
        KafkaClient client = new(new KafkaClientOptions { BootstrapServers = "nobody.invalid:1" });
        await client.DisposeAsync();
        await client.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(client.ThrowIfDisposed);
    }
}
