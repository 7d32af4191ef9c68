using HighPerf.Kafka.Connections;

namespace HighPerf.Kafka.Tests.Connections;

public sealed class BootstrapListTests
{
    [Theory]
    [InlineData("broker", "broker:9092")]
    [InlineData("broker:1", "broker:1")]
    [InlineData(" a:1 , b:65535,, a:1,A:1 ", "a:1 b:65535")]
    [InlineData("[::1]:9093,[fe80::1%eth0]", "[::1]:9093 [fe80::1%eth0]:9092")]
    [InlineData("10.0.0.1:9092,PLAINTEXT://b:2", "10.0.0.1:9092 b:2")]
    public void Addresses_are_read(string servers, string expected)
    {
        BrokerEndpoint[] endpoints = BootstrapList.Parse(servers);
        Assert.Equal(expected, string.Join(' ', endpoints.Select(e => e.Address)));
        Assert.Equal(Enumerable.Range(1, endpoints.Length).Select(i => -i), endpoints.Select(e => e.Id));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("  ", "is empty")]
    [InlineData(" , ", "names no server")]
    [InlineData("a:b", "\"a:b\" cannot be read: the port is not a number from 1 to 65535")]
    [InlineData("a:0", "the port is not a number from 1 to 65535")]
    [InlineData("a:65536", "the port is not a number from 1 to 65535")]
    [InlineData("a:-1", "the port is not a number from 1 to 65535")]
    [InlineData("a:", "the port is missing")]
    [InlineData(":9092", "the host is empty")]
    [InlineData("::1:9092", "stands in brackets")]
    [InlineData("[::1:9092", "is not closed")]
    [InlineData("[::1]9092", "is not closed, or something but a port follows")]
    [InlineData("SASL_SSL://a:1", "it has a scheme")]
    [InlineData("a b:1", "no host name")]
    [InlineData("good:1,user@host:1", "\"user@host:1\" cannot be read")]
    public void What_cannot_be_read_is_told_with_an_example(string servers, string expected)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => BootstrapList.Parse(servers));
        Assert.Contains(expected, error.Message);
        Assert.Contains("broker1:9092", error.Message);
    }
}
