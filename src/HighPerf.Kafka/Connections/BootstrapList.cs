using System.Globalization;

namespace HighPerf.Kafka.Connections;

/// <summary>Reads the text of <see cref="KafkaClientOptions.BootstrapServers"/>.</summary>
internal static class BootstrapList
{
    private const int DefaultPort = 9092;

    /// <summary>The addresses in the order written, duplicates left out, with ids -1, -2, ... .</summary>
    /// <exception cref="ArgumentException">Says which entry is wrong, and how one looks.</exception>
    public static BrokerEndpoint[] Parse(string? servers)
    {
        if (string.IsNullOrWhiteSpace(servers))
        {
            throw new ArgumentException(
                "BootstrapServers is empty. Give the address of at least one broker, for example \"broker1:9092,broker2:9092\".", nameof(servers));
        }

        List<BrokerEndpoint> endpoints = [];
        foreach (string part in servers.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            (string host, int port) = ParseOne(part, servers);
            if (!endpoints.Exists(e => e.Port == port && string.Equals(e.Host, host, StringComparison.OrdinalIgnoreCase)))
            {
                endpoints.Add(new BrokerEndpoint(-1 - endpoints.Count, host, port));
            }
        }

        return endpoints.Count > 0 ? [.. endpoints] : throw Wrong(servers, servers, "it names no server");
    }

    private static (string Host, int Port) ParseOne(string text, string servers)
    {
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0)
        {
            // What listeners look like in a broker's own configuration; accepted where it can only mean one thing.
            if (!text.StartsWith("PLAINTEXT://", StringComparison.OrdinalIgnoreCase))
            {
                throw Wrong(text, servers, "it has a scheme; only the host and port belong here");
            }

            text = text[(scheme + 3)..];
        }

        string host;
        string port;
        if (text.StartsWith('['))
        {
            int end = text.IndexOf(']');
            if (end < 0 || (end + 1 < text.Length && text[end + 1] != ':'))
            {
                throw Wrong(text, servers, "the bracket around the IPv6 address is not closed, or something but a port follows it");
            }

            host = text[1..end];
            port = end + 1 < text.Length ? text[(end + 2)..] : "";
            if (end + 1 < text.Length && port.Length == 0)
            {
                throw Wrong(text, servers, "the port is missing behind the colon");
            }
        }
        else
        {
            int colon = text.IndexOf(':');
            if (colon != text.LastIndexOf(':'))
            {
                throw Wrong(text, servers, "it has more than one colon; an IPv6 address stands in brackets, like [::1]:9092");
            }

            host = colon < 0 ? text : text[..colon];
            port = colon < 0 ? "" : text[(colon + 1)..];
            if (colon >= 0 && port.Length == 0)
            {
                throw Wrong(text, servers, "the port is missing behind the colon");
            }
        }

        if (host.Length == 0 || host.AsSpan().ContainsAny(" /\\@?#"))
        {
            throw Wrong(text, servers, "the host is empty or no host name");
        }

        return (host, ParsePort(port, text, servers));
    }

    private static int ParsePort(string port, string text, string servers)
    {
        if (port.Length == 0)
        {
            return DefaultPort;
        }

        return int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and <= 65535
            ? number
            : throw Wrong(text, servers, "the port is not a number from 1 to 65535");
    }

    private static ArgumentException Wrong(string part, string servers, string why) =>
        new($"BootstrapServers \"{servers}\": \"{part}\" cannot be read: {why}. " +
            "Write host:port pairs separated by commas, for example \"broker1:9092,[::1]:9092\".", nameof(servers));
}
