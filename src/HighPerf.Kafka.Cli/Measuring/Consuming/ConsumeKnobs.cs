using System.CommandLine;

namespace HighPerf.Kafka.Cli.Measuring.Consuming;

/// <summary>The options of a consume load on a command line, the same for every client.</summary>
internal sealed class ConsumeKnobs
{
    private readonly Option<string> _bootstrap = new("--bootstrap", "-b")
    {
        Description = "Servers to begin with, as host:port,host:port",
        DefaultValueFactory = static _ => Environment.GetEnvironmentVariable("HPK_BOOTSTRAP") ?? "localhost:9092",
    };

    private readonly Option<string> _topic = new("--topic", "-t") { Description = "The topic; it must exist", DefaultValueFactory = static _ => "bench" };

    private readonly Option<long> _records = new("--records", "-n")
    {
        Description = "How many records are measured, at least: a batch counts as a whole",
        DefaultValueFactory = static _ => 2_000_000,
    };

    private readonly Option<long?> _warmUp = new("--warmup")
    {
        Description = "Records read beforehand and not measured; a tenth and at least a second's worth when not given",
    };

    private readonly Option<bool> _inAll = new("--in-all") { Description = "The records to measure are all that are read, those before the measurement, too" };

    private readonly Option<string> _mode = new("--mode")
    {
        Description = "batch (views), record (one by one, keys and values read from the received bytes), bytes (one by one, arrays of bytes), "
            + "or idle (read, then do nothing and be watched)",
        DefaultValueFactory = static _ => "batch",
    };

    private readonly Option<string?> _group = new("--group", "-g")
    {
        Description = "Read as a member of this group, and commit; from the beginning where the group has no offset. Else every partition is assigned",
    };

    private readonly Option<int> _fetch = new("--fetch-bytes")
    {
        Description = "The most one fetch brings",
        DefaultValueFactory = static _ => 16 * 1024 * 1024,
    };

    private readonly Option<int> _partitionFetch = new("--partition-fetch-bytes")
    {
        Description = "The most one fetch brings of one partition",
        DefaultValueFactory = static _ => 1024 * 1024,
    };

    private readonly Option<long> _prefetch = new("--prefetch-bytes")
    {
        Description = "The most that is received ahead of the reader",
        DefaultValueFactory = static _ => 32L * 1024 * 1024,
    };

    private readonly Option<bool> _skipCrcs = new("--skip-crcs") { Description = "Do not check the checksums of batches; not for comparisons" };

    private readonly Option<double> _stall = new("--stall-seconds")
    {
        Description = "Fail when no record comes for so long",
        DefaultValueFactory = static _ => 30,
    };

    private readonly Option<double> _idle = new("--idle-seconds")
    {
        Description = "How long an idle consumer is watched",
        DefaultValueFactory = static _ => 10,
    };

    private readonly Option<bool> _json = new("--json") { Description = "The figures as one line of JSON" };

    public ConsumeKnobs() => _mode.AcceptOnlyFromAmong("batch", "record", "bytes", "idle");

    public void AddTo(Command command)
    {
        Option[] all = [_bootstrap, _topic, _records, _warmUp, _inAll, _mode, _group, _fetch, _partitionFetch, _prefetch, _skipCrcs, _stall, _idle, _json];
        foreach (Option option in all)
        {
            command.Options.Add(option);
        }
    }

    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    /// <exception cref="ArgumentException">A value cannot be; the message says why.</exception>
    public ConsumeSettings Settings(ParseResult parsed)
    {
        ReadMode mode = Enum.Parse<ReadMode>(parsed.GetValue(_mode)!, ignoreCase: true);
        long records = parsed.GetValue(_records);
        long? warmUp = parsed.GetValue(_warmUp);
        ConsumeSettings settings = new()
        {
            BootstrapServers = parsed.GetValue(_bootstrap)!,
            Topic = parsed.GetValue(_topic)!,
            Records = records,
            WarmUpRecords = warmUp ?? Math.Max(records / 10, 1),
            WarmUpSeconds = warmUp is null ? 1 : 0,
            IsInAll = parsed.GetValue(_inAll),
            Mode = mode,
            Group = parsed.GetValue(_group),
            FetchBytes = parsed.GetValue(_fetch),
            PartitionFetchBytes = parsed.GetValue(_partitionFetch),
            PrefetchBytes = parsed.GetValue(_prefetch),
            SkipsCrcs = parsed.GetValue(_skipCrcs),
            StallSeconds = parsed.GetValue(_stall),
            IdleSeconds = parsed.GetValue(_idle),
        };
        Require(records is >= 0 and <= 100_000_000_000 && (records > 0 || mode == ReadMode.Idle), $"--records is {records}; it must be 1 to 100,000,000,000.");
        Require(settings.WarmUpRecords >= 0, $"--warmup is {settings.WarmUpRecords}; it must be 0 or more.");
        Require(settings.FetchBytes >= 1024, $"--fetch-bytes is {settings.FetchBytes}; it must be at least 1,024.");
        Require(settings.PartitionFetchBytes >= 1024, $"--partition-fetch-bytes is {settings.PartitionFetchBytes}; it must be at least 1,024.");
        Require(settings.PrefetchBytes >= 1024, $"--prefetch-bytes is {settings.PrefetchBytes}; it must be at least 1,024.");
        Require(settings.StallSeconds is > 0 and <= 86_400, $"--stall-seconds is {settings.StallSeconds}; it must be above 0 and at most 86,400.");
        Require(settings.IdleSeconds is > 0 and <= 86_400, $"--idle-seconds is {settings.IdleSeconds}; it must be above 0 and at most 86,400.");
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
