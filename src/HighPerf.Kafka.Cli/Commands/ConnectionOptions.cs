using System.CommandLine;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>The options that every command has which talks to a cluster.</summary>
internal sealed class ConnectionOptions
{
    private readonly Option<string> _bootstrap = new("--bootstrap", "-b")
    {
        Description = "Servers to begin with, as host:port,host:port",
        DefaultValueFactory = static _ => Environment.GetEnvironmentVariable("HPK_BOOTSTRAP") ?? "localhost:9092",
    };

    private readonly Option<double> _timeout = new("--timeout")
    {
        Description = "Seconds after which the cluster counts as unreachable",
        DefaultValueFactory = static _ => 30,
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_bootstrap);
        command.Options.Add(_timeout);
    }

    public KafkaClient Connect(ParseResult parsed)
    {
        double timeout = parsed.GetValue(_timeout);
        if (!(timeout is > 0 and <= 86_400))
        {
            throw new ArgumentException($"--timeout is {timeout}; it must be above 0 and at most 86400 seconds.");
        }

        return new KafkaClient(new KafkaClientOptions
        {
            BootstrapServers = parsed.GetValue(_bootstrap)!,
            ClientId = "hpk",
            OperationTimeout = TimeSpan.FromSeconds(timeout),
        });
    }
}
