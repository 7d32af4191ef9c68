using System.CommandLine;
using HighPerf.Kafka.Cli.Faults;
using HighPerf.Kafka.Cli.Output;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>The options of hpk broker.</summary>
internal sealed class BrokerOptions
{
    public Option<int> Port { get; } = new("--port")
    {
        Description = "The port of the first broker on 127.0.0.1, the others take those after it; 0 for free ones",
        DefaultValueFactory = static _ => 9092,
    };

    public Option<int> Brokers { get; } = new("--brokers") { Description = "How many brokers", DefaultValueFactory = static _ => 1 };

    public Option<int> Partitions { get; } = new("--partitions")
    {
        Description = "Partitions of topics that are created by being used",
        DefaultValueFactory = static _ => 1,
    };

    public Option<string[]> Topics { get; } = new("--topic")
    {
        Description = "A topic that is there from the beginning: name:partitions:replication; may be repeated",
        DefaultValueFactory = static _ => [],
    };

    public Option<long> Retention { get; } = new("--retention-bytes")
    {
        Description = "Bytes kept for each partition; the oldest go first. -1 for all",
        DefaultValueFactory = static _ => -1,
    };

    public Option<bool> Discard { get; } = new("--discard") { Description = "Keep only the newest bytes of each partition, for measuring producers" };

    public Option<string?> AsKafka { get; } = new("--as-kafka")
    {
        Description = "Pass for a release of Apache Kafka, such as 2.1, 3.9 or 4.1: its versions and its features",
    };

    public Option<string[]> Faults { get; } = new("--fault") { Description = FaultText.Help, DefaultValueFactory = static _ => [] };

    public Option<LiveLogLevel> Log { get; } = new("--log")
    {
        Description = "What goes to standard error: off, events (closed connections, topics), errors (failed requests, too), requests (all), full (with JSON)",
    };

    public Option<bool> NoCreate { get; } = new("--no-auto-create") { Description = "Do not create topics because somebody uses them" };

    public Option<bool> Json { get; } = new("--json") { Description = "Say where it listens as a JSON line" };

    public Option<bool> Verbose { get; } = new("--verbose", "-v") { Description = "The same as --log events" };

    public Option<bool> UntilEof { get; } = new("--until-eof") { Description = "End when standard input ends, for a broker that belongs to another process" };

    public void AddTo(Command command)
    {
        Option[] all = [Port, Brokers, Partitions, Topics, Retention, Discard, AsKafka, Faults, Log, NoCreate, Json, Verbose, UntilEof];
        foreach (Option option in all)
        {
            command.Options.Add(option);
        }
    }

    public LiveLogLevel Level(ParseResult parsed)
    {
        LiveLogLevel level = parsed.GetValue(Log);
        return level == LiveLogLevel.Off && parsed.GetValue(Verbose) ? LiveLogLevel.Events : level;
    }
}
