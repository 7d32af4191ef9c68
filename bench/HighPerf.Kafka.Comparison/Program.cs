using System.CommandLine;
using HighPerf.Kafka.Cli.Measuring.Producing;
using HighPerf.Kafka.Comparison.ConfluentClient;
using HighPerf.Kafka.Comparison.Tables;

RootCommand root = new("Other clients under the loads of hpk bench, and tables of both; bench/produce.sh starts it with all it needs");
root.Subcommands.Add(Produce());
root.Subcommands.Add(Table());
return await root.Parse(args).InvokeAsync();

static Command Produce()
{
    Command command = new("produce", "What \"hpk bench produce\" does, by Confluent.Kafka");
    ProduceKnobs knobs = new();
    knobs.AddTo(command);
    command.SetAction(async (parsed, token) =>
    {
        try
        {
            return await ConfluentBench.RunAsync(knobs.Settings(parsed), new ProduceReport(knobs.IsJson(parsed), Console.Out, Console.Error), token);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            Console.Error.WriteLine($"comparison: {e.Message}");
            return e is ArgumentException ? 2 : 1;
        }
    });
    return command;
}

static Command Table()
{
    Command command = new("table", "Puts both clients under every load in turn, and prints medians, spread and ratios");
    Option<string> hpk = new("--hpk") { Description = "hpk.dll", Required = true };
    Option<string> floor = new("--floor") { Description = "Floor.dll", Required = true };
    Option<string> nullBroker = new("--null-broker") { Description = "The null broker", Required = true };
    Option<int> rounds = new("--rounds") { Description = "How often each client has its turn", DefaultValueFactory = static _ => 5 };
    Option<string> servers = new("--server") { Description = "null, discarding, storing, or all", DefaultValueFactory = static _ => "all" };
    Option<string> rows = new("--rows")
    {
        Description = "Only the rows whose name contains this; \"open loop\" and \"floor\" are names, too",
        DefaultValueFactory = static _ => "",
    };
    servers.AcceptOnlyFromAmong("null", "discarding", "storing", "all");
    foreach (Option option in new Option[] { hpk, floor, nullBroker, rounds, servers, rows })
    {
        command.Options.Add(option);
    }

    command.SetAction(parsed =>
    {
        string comparison = typeof(ProduceTable).Assembly.Location;
        Programs programs = new(parsed.GetValue(hpk)!, comparison, parsed.GetValue(floor)!, parsed.GetValue(nullBroker)!);
        ServerKind[] kinds = parsed.GetValue(servers) switch
        {
            "null" => [ServerKind.Null],
            "discarding" => [ServerKind.Discarding],
            "storing" => [ServerKind.Storing],
            _ => [ServerKind.Null, ServerKind.Discarding, ServerKind.Storing],
        };
        ProduceTable table = new(programs, Math.Max(parsed.GetValue(rounds), 1), Console.Out);
        string filter = parsed.GetValue(rows)!;
        table.Print(kinds, filter);
        if ("floor".Contains(filter, StringComparison.Ordinal))
        {
            FloorTable.Print(programs, Math.Max(parsed.GetValue(rounds), 1), Console.Out);
        }

        return table.IsRight ? 0 : 1;
    });
    return command;
}
