using System.CommandLine;

namespace HighPerf.Kafka.Cli.Measuring.Consuming;

/// <summary>The options of an end-to-end load on a command line, the same for every client.</summary>
internal sealed class RoundTripKnobs
{
    private readonly Option<string> _bootstrap = new("--bootstrap", "-b")
    {
        Description = "Servers to begin with, as host:port,host:port; they must keep what is produced",
        DefaultValueFactory = static _ => Environment.GetEnvironmentVariable("HPK_BOOTSTRAP") ?? "localhost:9092",
    };

    private readonly Option<string> _topic = new("--topic", "-t") { Description = "The topic", DefaultValueFactory = static _ => "bench" };

    private readonly Option<long> _records = new("--records", "-n") { Description = "How many records are measured", DefaultValueFactory = static _ => 10_000 };

    private readonly Option<long?> _warmUp = new("--warmup")
    {
        Description = "Records sent and read beforehand and not measured; two seconds' worth when not given",
    };

    private readonly Option<long> _rate = new("--rate") { Description = "Records in a second, from a pacing thread", DefaultValueFactory = static _ => 1000 };

    private readonly Option<int> _size = new("--size") { Description = "Bytes of key and value together", DefaultValueFactory = static _ => 100 };

    private readonly Option<int> _partitions = new("--partitions", "-p")
    {
        Description = "Partitions of the topic, which is created when it does not exist",
        DefaultValueFactory = static _ => 12,
    };

    private readonly Option<double> _linger = new("--linger-ms") { Description = "Milliseconds that a batch waits for more records" };

    private readonly Option<int> _batch = new("--batch-bytes") { Description = "The size of a full batch", DefaultValueFactory = static _ => 1_000_000 };

    private readonly Option<string?> _group = new("--group", "-g") { Description = "Read as a member of this group, and commit" };

    private readonly Option<string> _mode = new("--mode")
    {
        Description = "batch (views, where the client has them), or bytes (one by one, arrays of bytes)",
        DefaultValueFactory = static _ => "batch",
    };

    private readonly Option<double> _stall = new("--stall-seconds")
    {
        Description = "Fail when a record takes so long",
        DefaultValueFactory = static _ => 30,
    };

    private readonly Option<bool> _json = new("--json") { Description = "The figures as one line of JSON" };

    public RoundTripKnobs() => _mode.AcceptOnlyFromAmong("batch", "bytes");

    public void AddTo(Command command)
    {
        Option[] all = [_bootstrap, _topic, _records, _warmUp, _rate, _size, _partitions, _linger, _batch, _group, _mode, _stall, _json];
        foreach (Option option in all)
        {
            command.Options.Add(option);
        }
    }

    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    /// <exception cref="ArgumentException">A value cannot be; the message says why.</exception>
    public RoundTripSettings Settings(ParseResult parsed)
    {
        long rate = parsed.GetValue(_rate);
        RoundTripSettings settings = new()
        {
            BootstrapServers = parsed.GetValue(_bootstrap)!,
            Topic = parsed.GetValue(_topic)!,
            Records = parsed.GetValue(_records),
            WarmUpRecords = parsed.GetValue(_warmUp) ?? 2 * rate,
            Rate = rate,
            Size = parsed.GetValue(_size),
            Partitions = parsed.GetValue(_partitions),
            LingerMilliseconds = parsed.GetValue(_linger),
            BatchBytes = parsed.GetValue(_batch),
            Group = parsed.GetValue(_group),
            Mode = Enum.Parse<ReadMode>(parsed.GetValue(_mode)!, ignoreCase: true),
            StallSeconds = parsed.GetValue(_stall),
        };
        Require(settings.Records is >= 1 and <= 1_000_000_000, $"--records is {settings.Records}; it must be 1 to 1,000,000,000.");
        Require(settings.WarmUpRecords >= 0, $"--warmup is {settings.WarmUpRecords}; it must be 0 or more.");
        Require(rate is >= 1 and <= 10_000_000, $"--rate is {rate}; it must be 1 to 10,000,000.");
        bool isSizeFine = settings.Size is >= RoundTripTally.KeySize + RoundTripTally.StampSize and <= 16 * 1024 * 1024;
        Require(isSizeFine, $"--size is {settings.Size}; it must be {RoundTripTally.KeySize + RoundTripTally.StampSize} to 16,777,216.");
        Require(settings.Partitions is >= 1 and <= 100_000, $"--partitions is {settings.Partitions}; it must be 1 to 100,000.");
        Require(settings.LingerMilliseconds is >= 0 and <= 60_000, $"--linger-ms is {settings.LingerMilliseconds}; it must be 0 to 60,000.");
        Require(settings.BatchBytes is >= 1024 and <= 64 * 1024 * 1024, $"--batch-bytes is {settings.BatchBytes}; it must be 1,024 to 67,108,864.");
        Require(settings.StallSeconds is > 0 and <= 86_400, $"--stall-seconds is {settings.StallSeconds}; it must be above 0 and at most 86,400.");
        Require(settings.Group is not "", "--group is empty; it must be a name.");
        return settings;
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new ArgumentException(message);
        }
    }
}
