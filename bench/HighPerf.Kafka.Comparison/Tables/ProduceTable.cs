using System.Globalization;
using System.Text.Json;

namespace HighPerf.Kafka.Comparison.Tables;

/// <summary>
/// Runs the rows, the clients in turn A/B/A/B, and prints the median and the spread of each figure and the ratio of the clients. Owner: one thread.
/// </summary>
internal sealed class ProduceTable(Programs programs, int rounds, TextWriter output)
{
    public const string Ours = "ours";
    public const string Confluent = "Confluent.Kafka";

    private const double OpenLoopShare = 0.7;
    private const int OpenLoopSeconds = 5;

    /// <summary>Whether everything arrived, unharmed and once.</summary>
    public bool IsRight { get; private set; } = true;

    public void Print(IEnumerable<ServerKind> servers, string filter)
    {
        foreach (ServerKind server in servers)
        {
            foreach (ProduceRow row in ProduceRow.All.Where(row => row.Servers.Contains(server) && row.Name.Contains(filter, StringComparison.Ordinal)))
            {
                Print(row, server);
            }

            if ("open loop".Contains(filter, StringComparison.Ordinal))
            {
                PrintOpenLoop(server);
            }
        }
    }

    private SortedDictionary<string, List<Run>> Print(ProduceRow row, ServerKind server)
    {
        string[] clients = row.IsOursAlone ? [Ours] : [Ours, Confluent];
        SortedDictionary<string, List<Run>> runs = new(StringComparer.Ordinal);
        output.WriteLine($"\n### {row.Name}, {FigureTable.NameOf(server)}, {rounds} round{(rounds == 1 ? "" : "s")}\n\n`{row.Arguments}`\n");
        for (int round = 0; round < rounds; round++)
        {
            foreach (string client in clients)
            {
                if (Try(client, row, row.Arguments, server) is { } run)
                {
                    runs.TryAdd(client, []);
                    runs[client].Add(run);
                }
            }
        }

        FigureTable.Print(clients, runs, output);
        if (server == ServerKind.Null && row.TwinRecords > 0)
        {
            foreach (string client in clients)
            {
                PrintTwin(client, row);
            }
        }

        output.Flush();
        return runs;
    }

    private Run? Try(string client, ProduceRow row, string arguments, ServerKind server)
    {
        try
        {
            Run run = Run.Of(client, row, arguments, server, programs);
            if (run.Totals is { } totals)
            {
                run.Figures["connections"] = totals.GetProperty("connections").GetDouble();
            }

            if (run.Figures.TryGetValue("idleMemoryBytes", out double idle))
            {
                run.Figures["idleMegabytes"] = (idle - run["connectedMemoryBytes"]) / 1e6;
            }

            return run;
        }
        catch (InvalidOperationException e)
        {
            output.WriteLine($"{e.Message}\n");
            return null;
        }
    }

    // The same load where every batch is checked; nothing of it is timed.
    private void PrintTwin(string client, ProduceRow row)
    {
        string arguments = $"{row.Arguments} -n {row.TwinRecords} --warmup 1000";
        arguments = string.Join(' ', WithoutRepeated(arguments.Split(' ')));
        if (Try(client, row, arguments, ServerKind.Verifying) is not { Totals: { } totals } run)
        {
            IsRight = false;
            return;
        }

        long errors = totals.EnumerateObject().Where(total => total.Name.StartsWith("errors_", StringComparison.Ordinal)).Sum(total => total.Value.GetInt64());
        long arrived = totals.GetProperty("produced_records").GetInt64();
        long verified = totals.GetProperty("verified_records").GetInt64();
        bool isRight = errors == 0 && arrived == run.SentInAll && verified == arrived;
        IsRight &= isRight;
        output.WriteLine(
            $"\n{(isRight ? "right" : "WRONG")}: {client} sent {run.SentInAll:N0} records to the verifying null broker, {arrived:N0} arrived, "
            + $"{verified:N0} were checked, {errors} errors, {totals.GetProperty("connections").GetInt64()} connections");
    }

    // The last one counts: an option may be given once.
    private static IEnumerable<string> WithoutRepeated(string[] words)
    {
        int records = Array.LastIndexOf(words, "-n");
        int first = Array.IndexOf(words, "-n");
        return first == records ? words : words.Where((_, i) => i != first && i != first + 1);
    }

    private void PrintOpenLoop(ServerKind server)
    {
        ProduceRow saturation = new("saturation, 100 B callback", "--mode completion -n 3000000", server) { TwinRecords = 0 };
        SortedDictionary<string, List<Run>> runs = Print(saturation, server);
        foreach ((string client, List<Run> measured) in runs)
        {
            long rate = (long)(Spread.Of(measured.Select(run => run["recordsPerSecond"])).Median * OpenLoopShare);
            string arguments = $"--mode open-loop --rate {rate} -n {rate * OpenLoopSeconds}";
            bool isOursAlone = client == Ours;
            Print(new ProduceRow($"open loop at 70 % of the saturation of {client}", arguments, server) { IsOursAlone = isOursAlone, TwinRecords = 0 }, server);
        }
    }
}
