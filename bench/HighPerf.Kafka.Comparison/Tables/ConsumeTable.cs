namespace HighPerf.Kafka.Comparison.Tables;

/// <summary>
/// Runs the rows that read, the clients in turn A/B/A/B, and prints the median and the spread of each figure and the ratio of the clients. Owner: one thread.
/// </summary>
internal sealed class ConsumeTable(Programs programs, int rounds, TextWriter output)
{
    /// <summary>What the untimed twins read, to the last record.</summary>
    private const long TwinRecords = 400_000;

    private static readonly string[] Clients = [ProduceTable.Ours, ProduceTable.Confluent];

    private int _groups;

    /// <summary>Whether every client read the same, and all of it.</summary>
    public bool IsRight { get; private set; } = true;

    public void Print(IEnumerable<ServerKind> servers, string filter)
    {
        foreach (ServerKind server in servers)
        {
            foreach (ConsumeRow row in ConsumeRow.All.Where(row => row.Servers.Contains(server) && row.Name.Contains(filter, StringComparison.Ordinal)))
            {
                Print(row, server);
            }
        }
    }

    /// <summary>Every client in every mode reads one topic to its end: the checksums of all keys and values must be the same. Nothing of it is timed.</summary>
    public void PrintTwins()
    {
        using Server server = Start(ServerKind.Storing, 12, 100, TwinRecords);
        output.WriteLine($"\n### Checksums over every key and value of {TwinRecords:N0} records, embedded cluster\n");
        SortedSet<string> sums = new(StringComparer.Ordinal);
        foreach (string client in Clients)
        {
            foreach (string how in (string[])["--mode batch", "--mode record", "--mode bytes", "--mode batch --group twin"])
            {
                string group = how.EndsWith("twin", StringComparison.Ordinal) ? $"-{++_groups}" : "";
                if (Try(client, "twin", $"{how}{group} --warmup 0 -n {TwinRecords} --in-all", server, "consume") is not { Checksum: { } sum } run)
                {
                    IsRight = false;
                    continue;
                }

                sums.Add(sum);
                IsRight &= (long)run["recordsInAll"] == TwinRecords && sums.Count == 1;
                output.WriteLine($"- {client} {how}: {sum} of {run["recordsInAll"]:N0} records");
            }
        }

        output.WriteLine(sums.Count == 1 ? "\nright: all are the same" : "\nWRONG: they differ");
        output.Flush();
    }

    private void Print(ConsumeRow row, ServerKind kind)
    {
        SortedDictionary<string, List<Run>> runs = new(StringComparer.Ordinal);
        string group = row.IsInGroup ? " --group ..." : "";
        output.WriteLine($"\n### {row.Name}, {FigureTable.NameOf(kind)}, {rounds} round{(rounds == 1 ? "" : "s")}\n\n`{row.Verb} {row.Arguments}{group}`\n");

        // One storing server for all rounds, filled once; a null broker for each run, so that its counts are those of one client.
        using Server? storing = kind == ServerKind.Null ? null : Start(kind, row.Partitions, row.RecordSize, row.Stored);
        for (int round = 0; round < rounds; round++)
        {
            foreach (string client in Clients)
            {
                string arguments = row.IsInGroup ? $"{row.Arguments} --group group-{++_groups}" : row.Arguments;
                using Server? own = storing is null ? Server.Start(kind, programs, row.Partitions, row.RecordSize) : null;
                if (Try(client, row.Name, arguments, storing ?? own!, row.Verb) is { } run)
                {
                    if (own?.Stop() is { } totals)
                    {
                        run.Figures["connections"] = totals.GetProperty("connections").GetDouble();
                    }

                    runs.TryAdd(client, []);
                    runs[client].Add(run);
                }
            }
        }

        FigureTable.Print(Clients, runs, output);
        output.Flush();
    }

    private Run? Try(string client, string name, string arguments, Server server, string verb)
    {
        try
        {
            Run run = Run.Of(client, name, arguments, server, programs, verb);
            if (run.Figures.TryGetValue("idleMemoryBytes", out double idle))
            {
                run.Figures["idleMegabytes"] = (idle - run["connectedMemoryBytes"]) / 1e6;
            }

            return run;
        }
        catch (InvalidOperationException e)
        {
            IsRight = false;
            output.WriteLine($"{e.Message}\n");
            return null;
        }
    }

    private Server Start(ServerKind kind, int partitions, int recordSize, long records)
    {
        Server server = Server.Start(kind, programs, partitions);
        if (records > 0)
        {
            // The first record, which connects, is one of them.
            string arguments = $"--mode fire --warmup 0 -n {records - 1} --size {recordSize} --partitions {partitions}";
            Run.Of(ProduceTable.Ours, "filling", arguments, server, programs);
        }

        return server;
    }
}
