using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>What a seed makes of one producer: its options, and how its tasks behave.</summary>
internal sealed class ProducerMix
{
    private readonly RandomSource _random;

    /// <param name="isPatient">Whether every record that is accepted has the time to get there.</param>
    public ProducerMix(RandomSource random, bool isPatient)
    {
        _random = random;
        int scale = random.Next(100) switch { < 60 => 0, < 85 => 1, _ => 2 };
        (int batch, int request, LargestRecord, MostRecords) = scale switch
        {
            0 => (1024 << random.Next(4), 4096 << random.Next(3), 3000, 80),
            1 => (16384 << random.Next(3), 64 * 1024, 50_000, 50),
            _ => (65536 << random.Next(5), 1024 * 1024, 900_000, 12),
        };
        MakeOptions(batch, request, isPatient);
        CancelProbability = random.Chance(0.5) ? 0 : 0.3 * random.NextDouble();
        FlushProbability = random.Chance(0.5) ? 0 : 0.1 * random.NextDouble();
        PauseProbability = random.Chance(0.3) ? 0 : 0.3 * random.NextDouble();
        ClosesEarly = !isPatient && random.Chance(0.4);
        OversizeProbability = random.Chance(0.8) ? 0 : 0.05;
    }

    public ProducerOptions Options { get; private set; } = null!;

    public int LargestRecord { get; }

    public int MostRecords { get; }

    public double CancelProbability { get; }

    public double FlushProbability { get; }

    public double PauseProbability { get; }

    /// <summary>Records larger than the options allow, which fail at once.</summary>
    public double OversizeProbability { get; }

    /// <summary>Whether the producer is closed while its tasks send.</summary>
    public bool ClosesEarly { get; }

    /// <summary>Whether the broker drops what retries would double.</summary>
    public bool IsIdempotent => Options.EnableIdempotence != false && Options.Acks == Acks.All;

    /// <summary>The length of a value: most are short, a few are as long as may be, some are empty.</summary>
    public int NextLength() => _random.Next(20) switch
    {
        0 => 0,
        1 => _random.Next(SentRecord.NumberSize + 1),
        2 or 3 => _random.Next(LargestRecord),
        < 8 => _random.Next((LargestRecord / 10) + 1),
        _ => _random.Next(200),
    };

    public override string ToString() =>
        $"acks {Options.Acks}, idempotent {IsIdempotent}, linger {Options.Linger}, batch {Options.BatchSizeBytes}, request {Options.MaxRequestSizeBytes}, "
        + $"memory {Options.BufferMemoryBytes}, in flight {Options.MaxInFlightRequestsPerBroker}, backoff {Options.RetryBackoff}, {Options.Compression}, "
        + $"timeouts {Options.RequestTimeout}, {Options.DeliveryTimeout}, {Options.CloseTimeout}, closes early {ClosesEarly}";

    private void MakeOptions(int batch, int request, bool isPatient)
    {
        int acks = isPatient ? 0 : _random.Next(100);
        TimeSpan requestTimeout = TimeSpan.FromMilliseconds(500 + _random.Next(2500));
        requestTimeout *= request / (64 * 1024) is var size and > 1 ? size : 1; // a megabyte needs its time on the worst of the networks
        TimeSpan linger = TimeSpan.FromMilliseconds(_random.Next(10) switch { < 5 => 0, < 8 => _random.Next(50), _ => _random.Next(500) });
        TimeSpan spare = isPatient ? TimeSpan.FromMinutes(30) : TimeSpan.FromMilliseconds(_random.Chance(0.5) ? _random.Next(2000) : 60_000);
        TimeSpan close = isPatient ? TimeSpan.FromMinutes(30) : TimeSpan.FromMilliseconds(_random.Chance(0.3) ? _random.Next(3000) : 90_000);
        Options = new ProducerOptions
        {
            Acks = acks switch { < 83 => Acks.All, < 93 => Acks.Leader, _ => Acks.None },
            EnableIdempotence = acks is >= 75 and < 83 ? false : null,
            RequestTimeout = requestTimeout,
            Linger = linger,
            DeliveryTimeout = requestTimeout + linger + spare,
            CloseTimeout = close,
            BatchSizeBytes = batch,
            MaxRequestSizeBytes = request,
            BufferMemoryBytes = (long)request << (_random.Chance(0.4) ? 0 : _random.Next(5)),
            MaxInFlightRequestsPerBroker = 1 + _random.Next(5),
            RetryBackoff = TimeSpan.FromMilliseconds(_random.Chance(0.2) ? 0 : _random.Next(300)),
            Compression = (CompressionType)(_random.Chance(0.5) ? 0 : _random.Next(5)),
        };
    }
}
