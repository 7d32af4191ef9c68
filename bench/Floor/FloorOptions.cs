using System.Globalization;

namespace HighPerf.Kafka.Floor;

/// <summary>What was asked for on the command line.</summary>
internal sealed class FloorOptions
{
    public const string Help = """
        Floor: the least CPU that moving records can cost on this machine, one thread, a blocking socket, plain loops.

          Floor [produce|consume|roundtrip|all] [options]

          --broker PATH      the null broker to start (bench/Floor/run.sh names it)
          --port N           or the port of one that runs already
          --records N        records of each measured round (20000000; a tenth of it for sizes from 1000)
          --size N           bytes of key and value (100)
          --key N            bytes of the key (8)
          --partitions N     partitions (12)
          --batch-bytes N    bytes of a produced batch (131072)
          --fetch-bytes N    bytes of a fetch response (4194304)
          --rounds N         measured rounds, of which the median counts (5)
          --trips N          round trips measured each round (20000)
          --json             one line of JSON for each row
        """;

    public string What { get; private set; } = "all";

    public string? Broker { get; private set; }

    public int Port { get; private set; }

    public long Records { get; private set; }

    public int Size { get; private set; } = 100;

    public int Key { get; private set; } = 8;

    public int Partitions { get; private set; } = 12;

    public int BatchBytes { get; private set; } = 128 * 1024;

    public int FetchBytes { get; private set; } = 4 * 1024 * 1024;

    public int Rounds { get; private set; } = 5;

    public int Trips { get; private set; } = 20_000;

    public bool Json { get; private set; }

    /// <exception cref="FormatException">An option is unknown or has no proper value; the message says which.</exception>
    public static FloorOptions Parse(string[] arguments)
    {
        FloorOptions options = new();
        for (int i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "produce" or "consume" or "roundtrip" or "all":
                    options.What = arguments[i];
                    break;
                case "--json":
                    options.Json = true;
                    break;
                case "--broker":
                    options.Broker = i + 1 < arguments.Length ? arguments[++i] : throw new FormatException("--broker needs a path");
                    break;
                default:
                    options.Set(arguments[i], i + 1 < arguments.Length ? arguments[i + 1] : "");
                    i++;
                    break;
            }
        }

        options.Records = options.Records > 0 ? options.Records : options.Size < 1000 ? 20_000_000 : 2_000_000;
        return options.Key <= options.Size && (options.Port > 0 || options.Broker is not null)
            ? options
            : throw new FormatException("the key must fit into the record, and --broker or --port must say where the null broker is");
    }

    private void Set(string name, string text)
    {
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number > int.MaxValue)
        {
            throw new FormatException($"{name} \"{text}\": unknown option or not a number");
        }

        int value = (int)number;
        switch (name)
        {
            case "--port": Port = value; break;
            case "--records": Records = value; break;
            case "--size": Size = value; break;
            case "--key": Key = value; break;
            case "--partitions": Partitions = value; break;
            case "--batch-bytes": BatchBytes = value; break;
            case "--fetch-bytes": FetchBytes = value; break;
            case "--rounds": Rounds = value; break;
            case "--trips": Trips = value; break;
            default: throw new FormatException($"unknown option {name}");
        }
    }
}
