using System.Globalization;
using System.Text.Json;
using HighPerf.Kafka.Floor;

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(FloorOptions.Help);
    return 0;
}

FloorOptions options;
try
{
    options = FloorOptions.Parse(args);
}
catch (FormatException error)
{
    Console.Error.WriteLine($"Floor: {error.Message}; see --help");
    return 2;
}

using NullBroker broker = new(options);
List<FloorRow> rows = [];
if (options.What is "produce" or "all")
{
    using ProduceFloor produce = new(options, broker.Port);
    rows.Add(Measure($"produce {options.Size} B", options.Records, produce.Run));
}

if (options.What is "consume" or "all")
{
    using ConsumeFloor consume = new(options, broker.Port);
    rows.Add(Measure($"consume {options.Size} B", options.Records, consume.Run));
    Console.Error.WriteLine($"checksum of what was consumed: {consume.Checksum:x16}");
}

if (options.What is "roundtrip" or "all")
{
    using RoundTripFloor trip = new(options, broker.Port);
    rows.Add(Measure("round trip, blocking", options.Trips, count => trip.RunBlocking((int)count)));
    rows.Add(Measure("round trip, async", options.Trips, count => trip.RunAsync((int)count).GetAwaiter().GetResult()));
}

foreach (FloorRow row in rows)
{
    Console.WriteLine(options.Json ? ToJson(row) : ToText(row));
}

return 0;

// One round to warm up, then the median of each figure over the measured ones.
FloorRow Measure(string name, long count, Func<long, (string Figure, double Value)[]> run)
{
    run(Math.Max(count / 4, 1));
    (string Figure, double Value)[][] rounds = [.. Enumerable.Range(0, options.Rounds).Select(_ => run(count))];
    return new FloorRow(
        name,
        [.. rounds[0].Select((figure, i) => (figure.Figure, rounds.Select(round => round[i].Value).Order().ElementAt(rounds.Length / 2)))]);
}

static string ToText(FloorRow row) => string.Create(
    CultureInfo.InvariantCulture, $"{row.Name,-24}{string.Concat(row.Figures.Select(figure => $"  {figure.Figure} {Short(figure.Value)}"))}");

static string Short(double value) => value.ToString(value >= 1000 ? "N0" : "0.0000", CultureInfo.InvariantCulture);

static string ToJson(FloorRow row) => JsonSerializer.Serialize(
    new Dictionary<string, object>([new("row", row.Name), .. row.Figures.Select(figure => new KeyValuePair<string, object>(figure.Figure, figure.Value))]));
