using System.CommandLine;

namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>The options of a produce load on a command line, the same for every client.</summary>
internal sealed class ProduceKnobs
{
    private readonly Option<string> _bootstrap = new("--bootstrap", "-b")
    {
        Description = "Servers to begin with, as host:port,host:port",
        DefaultValueFactory = static _ => Environment.GetEnvironmentVariable("HPK_BOOTSTRAP") ?? "localhost:9092",
    };

    private readonly Option<string> _topic = new("--topic", "-t") { Description = "The topic", DefaultValueFactory = static _ => "bench" };

    private readonly Option<long> _records = new("--records", "-n")
    {
        Description = "How many records are measured",
        DefaultValueFactory = static _ => 2_000_000,
    };

    private readonly Option<long?> _warmUp = new("--warmup")
    {
        Description = "Records sent beforehand and not measured; a tenth and at least a second's worth when not given",
    };

    private readonly Option<int> _size = new("--size") { Description = "Bytes of key and value together", DefaultValueFactory = static _ => 100 };

    private readonly Option<int> _partitions = new("--partitions", "-p")
    {
        Description = "Partitions of the topic, which is created when it does not exist",
        DefaultValueFactory = static _ => 12,
    };

    private readonly Option<string> _acks = new("--acks")
    {
        Description = "Who must have a record: all, leader or none",
        DefaultValueFactory = static _ => "all",
    };

    private readonly Option<bool?> _idempotence = new("--idempotence") { Description = "true or false; true with acks all when not given" };

    private readonly Option<double> _linger = new("--linger-ms")
    {
        Description = "Milliseconds that a batch waits for more records",
        DefaultValueFactory = static _ => 5,
    };

    private readonly Option<int> _batch = new("--batch-bytes") { Description = "The size of a full batch", DefaultValueFactory = static _ => 1_000_000 };

    private readonly Option<long> _buffer = new("--buffer-bytes")
    {
        Description = "The most memory for records that are not acknowledged yet",
        DefaultValueFactory = static _ => 64L * 1024 * 1024,
    };

    private readonly Option<string> _compression = new("--compression", "-z")
    {
        Description = "How batches are compressed",
        DefaultValueFactory = static _ => "none",
    };

    private readonly Option<int> _threads = new("--threads") { Description = "Threads that send", DefaultValueFactory = static _ => 1 };

    private readonly Option<long> _rate = new("--rate") { Description = "Records in a second, from a pacing thread; 0 is as many as there can be" };

    private readonly Option<string> _mode = new("--mode")
    {
        Description = "fire (nobody is told), completion (a callback for each record), awaited (one at a time), open-loop (a fixed rate, latency from the "
            + "scheduled time), or idle (send, then do nothing and be watched)",
        DefaultValueFactory = static _ => "fire",
    };

    private readonly Option<int> _outstanding = new("--outstanding") { Description = "Instead of callbacks, keep so many awaited sends on their way" };

    private readonly Option<bool> _nullKey = new("--null-key") { Description = "Records without keys, in place of varying 8-byte keys" };

    private readonly Option<bool> _bound = new("--bound") { Description = "Through the client's sender for one topic" };

    private readonly Option<bool> _token = new("--with-token") { Description = "Give each call a token that could be cancelled" };

    private readonly Option<bool> _pacerOnly = new("--pacer-only") { Description = "Measure the pacing thread alone, with nothing sent" };

    private readonly Option<double> _idle = new("--idle-seconds")
    {
        Description = "How long an idle producer is watched",
        DefaultValueFactory = static _ => 10,
    };

    private readonly Option<bool> _json = new("--json") { Description = "The figures as one line of JSON" };

    public ProduceKnobs()
    {
        _acks.AcceptOnlyFromAmong("all", "leader", "none", "-1", "1", "0");
        _compression.AcceptOnlyFromAmong("none", "gzip", "snappy", "lz4", "zstd");
        _mode.AcceptOnlyFromAmong("fire", "completion", "awaited", "open-loop", "idle");
    }

    public void AddTo(Command command)
    {
        Option[] all =
        [
            _bootstrap, _topic, _records, _warmUp, _size, _partitions, _acks, _idempotence, _linger, _batch, _buffer, _compression, _threads, _rate, _mode,
            _outstanding, _nullKey, _bound, _token, _pacerOnly, _idle, _json,
        ];
        foreach (Option option in all)
        {
            command.Options.Add(option);
        }
    }

    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    /// <exception cref="ArgumentException">The values do not go together; the message says why.</exception>
    public ProduceSettings Settings(ParseResult parsed)
    {
        SendMode mode = Mode(parsed.GetValue(_mode)!);
        string acks = parsed.GetValue(_acks)! switch { "-1" => "all", "1" => "leader", "0" => "none", string name => name };
        long records = parsed.GetValue(_records);
        long? warmUp = parsed.GetValue(_warmUp);
        int outstanding = parsed.GetValue(_outstanding);
        ProduceSettings settings = new()
        {
            BootstrapServers = parsed.GetValue(_bootstrap)!,
            Topic = parsed.GetValue(_topic)!,
            Records = records,
            WarmUpRecords = warmUp ?? Math.Max(records / 10, 1),
            WarmUpSeconds = warmUp is null && mode != SendMode.Idle ? 1 : 0,
            Size = parsed.GetValue(_size),
            Partitions = parsed.GetValue(_partitions),
            Acks = acks,
            IsIdempotent = parsed.GetValue(_idempotence) ?? acks == "all",
            LingerMilliseconds = parsed.GetValue(_linger),
            BatchBytes = parsed.GetValue(_batch),
            BufferBytes = parsed.GetValue(_buffer),
            Compression = parsed.GetValue(_compression)!,
            Threads = parsed.GetValue(_threads),
            Rate = parsed.GetValue(_rate),
            Mode = mode,
            Outstanding = mode == SendMode.Awaited ? Math.Max(outstanding, 1) : outstanding,
            HasKeys = !parsed.GetValue(_nullKey),
            IsBound = parsed.GetValue(_bound),
            HasToken = parsed.GetValue(_token),
            IsPacerOnly = parsed.GetValue(_pacerOnly),
            IdleSeconds = parsed.GetValue(_idle),
        };
        Check(settings);
        return settings;
    }

    private static SendMode Mode(string name) => name switch
    {
        "completion" => SendMode.Completion,
        "awaited" => SendMode.Awaited,
        "open-loop" => SendMode.OpenLoop,
        "idle" => SendMode.Idle,
        _ => SendMode.Fire,
    };

    private static void Check(ProduceSettings settings)
    {
        int least = settings.HasKeys ? ProduceSettings.KeySize : 0;
        Require(settings.Records is >= 1 and <= 100_000_000_000, $"--records is {settings.Records}; it must be 1 to 100,000,000,000.");
        Require(settings.WarmUpRecords >= 0, $"--warmup is {settings.WarmUpRecords}; it must be 0 or more.");
        Require(settings.Size >= least && settings.Size <= 64 * 1024 * 1024, $"--size is {settings.Size}; it must be {least} to 67,108,864.");
        Require(settings.Partitions is >= 1 and <= 100_000, $"--partitions is {settings.Partitions}; it must be 1 to 100,000.");
        Require(settings.LingerMilliseconds is >= 0 and <= 60_000, $"--linger-ms is {settings.LingerMilliseconds}; it must be 0 to 60,000.");
        Require(settings.BatchBytes is >= 1024 and <= 64 * 1024 * 1024, $"--batch-bytes is {settings.BatchBytes}; it must be 1,024 to 67,108,864.");
        Require(settings.Threads is >= 1 and <= 1024, $"--threads is {settings.Threads}; it must be 1 to 1,024.");
        Require(settings.Rate is >= 0 and <= 1_000_000_000, $"--rate is {settings.Rate}; it must be 0 to 1,000,000,000.");
        Require(settings.Outstanding is >= 0 and <= 10_000_000, $"--outstanding is {settings.Outstanding}; it must be 0 to 10,000,000.");
        Require(settings.IdleSeconds is > 0 and <= 86_400, $"--idle-seconds is {settings.IdleSeconds}; it must be above 0 and at most 86,400.");
        Require(settings.Rate > 0 || settings.Mode != SendMode.OpenLoop, "--mode open-loop needs a --rate.");
        Require(settings.Rate > 0 || !settings.IsPacerOnly, "--pacer-only needs a --rate.");
        Require(settings.Rate == 0 || settings.Mode != SendMode.Idle, "--rate does not go with --mode idle.");
        Require(settings.Rate == 0 || settings.Threads == 1, "--rate goes with one thread, the pacing one.");
        Require(settings.Rate == 0 || settings.Outstanding <= 1, "--rate and --outstanding do not go together: both say when a record is sent.");
        bool mayStandOut = settings.Mode is SendMode.Completion or SendMode.Awaited;
        Require(settings.Outstanding == 0 || mayStandOut, "--outstanding goes with --mode completion or awaited.");
        Require(!settings.IsIdempotent || settings.Acks == "all", $"--idempotence true needs --acks all, not {settings.Acks}.");
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new ArgumentException(message);
        }
    }
}
