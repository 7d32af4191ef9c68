using System.CommandLine;

namespace HighPerf.Kafka.Comparison.Tables;

/// <summary>comparison consume-table: both clients under every load that reads, in turn.</summary>
internal static class ConsumeTableCommand
{
    public static Command Create()
    {
        Command command = new("consume-table", "Puts both clients under every load that reads, in turn, and prints medians, spread and ratios");
        Option<string> hpk = new("--hpk") { Description = "hpk.dll", Required = true };
        Option<string> floor = new("--floor") { Description = "Floor.dll", Required = true };
        Option<string> nullBroker = new("--null-broker") { Description = "The null broker", Required = true };
        Option<int> rounds = new("--rounds") { Description = "How often each client has its turn", DefaultValueFactory = static _ => 5 };
        Option<string> servers = new("--server") { Description = "null, storing, or all", DefaultValueFactory = static _ => "all" };
        Option<string> rows = new("--rows")
        {
            Description = "Only the rows whose name contains this; \"checksums\" and \"floor\" are names, too",
            DefaultValueFactory = static _ => "",
        };
        servers.AcceptOnlyFromAmong("null", "storing", "all");
        foreach (Option option in new Option[] { hpk, floor, nullBroker, rounds, servers, rows })
        {
            command.Options.Add(option);
        }

        command.SetAction(parsed =>
        {
            string comparison = typeof(ConsumeTable).Assembly.Location;
            Programs programs = new(parsed.GetValue(hpk)!, comparison, parsed.GetValue(floor)!, parsed.GetValue(nullBroker)!);
            ServerKind[] kinds = parsed.GetValue(servers) switch
            {
                "null" => [ServerKind.Null],
                "storing" => [ServerKind.Storing],
                _ => [ServerKind.Null, ServerKind.Storing],
            };
            int count = Math.Max(parsed.GetValue(rounds), 1);
            ConsumeTable table = new(programs, count, Console.Out);
            string filter = parsed.GetValue(rows)!;
            table.Print(kinds, filter);
            if ("checksums".Contains(filter, StringComparison.Ordinal))
            {
                table.PrintTwins();
            }

            if ("floor".Contains(filter, StringComparison.Ordinal))
            {
                FloorTable.Print(programs, count, Console.Out, "consume --size 100", "consume --size 1000", "roundtrip");
            }

            return table.IsRight ? 0 : 1;
        });
        return command;
    }
}
