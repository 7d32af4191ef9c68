using System.CommandLine;

namespace HighPerf.Kafka.Comparison.Tables;

/// <summary>comparison table: both clients under every load in turn.</summary>
internal static class TableCommand
{
    public static Command Create()
    {
        Command command = new("table", "Puts both clients under every load in turn, and prints medians, spread and ratios");
        Option<string> hpk = new("--hpk") { Description = "hpk.dll", Required = true };
        Option<string> floor = new("--floor") { Description = "Floor.dll", Required = true };
        Option<string> nullBroker = new("--null-broker") { Description = "The null broker", Required = true };
        Option<int> rounds = new("--rounds") { Description = "How often each client has its turn", DefaultValueFactory = static _ => 5 };
        Option<string> servers = new("--server") { Description = "null, discarding, storing, or all", DefaultValueFactory = static _ => "all" };
        Option<string> rows = new("--rows")
        {
            Description = "Only the rows whose name contains this; \"open loop\", \"connections\" and \"floor\" are names, too",
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
            if ("connections".Contains(filter, StringComparison.Ordinal))
            {
                ConnectionTable.Print(programs, Console.Out);
            }

            if ("floor".Contains(filter, StringComparison.Ordinal))
            {
                FloorTable.Print(programs, Math.Max(parsed.GetValue(rounds), 1), Console.Out, "produce --size 100", "produce --size 1000", "roundtrip");
            }

            return table.IsRight ? 0 : 1;
        });
        return command;
    }
}
