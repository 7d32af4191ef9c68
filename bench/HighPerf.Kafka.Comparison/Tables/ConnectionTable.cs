using System.Text.RegularExpressions;

namespace HighPerf.Kafka.Comparison.Tables;

/// <summary>Which connections each client opens to one broker, and what for.</summary>
internal static partial class ConnectionTable
{
    public static void Print(Programs programs, TextWriter output)
    {
        output.WriteLine("\n### Connections to one broker\n");
        foreach (string client in (string[])[ProduceTable.Ours, ProduceTable.Confluent])
        {
            try
            {
                using Server server = Server.Start(ServerKind.Telling, programs, partitions: 12);
                Run.Of(client, "connections", "--mode fire -n 100000 --warmup 1000", server, programs);
                SortedDictionary<int, SortedSet<string>> requests = [];
                foreach (string line in server.StopTelling())
                {
                    if (RequestLine().Match(line) is { Success: true } match)
                    {
                        requests.TryAdd(int.Parse(match.Groups[1].Value), new SortedSet<string>(StringComparer.Ordinal));
                        requests[int.Parse(match.Groups[1].Value)].Add(match.Groups[2].Value);
                    }
                }

                output.WriteLine($"- {client}: {string.Join("; ", requests.Select(connection => $"#{connection.Key} {string.Join(", ", connection.Value)}"))}");
            }
            catch (InvalidOperationException e)
            {
                output.WriteLine($"- {e.Message}");
            }
        }
    }

    [GeneratedRegex(@"#(\d+) \S+ > \d+ (\w+) ")]
    private static partial Regex RequestLine();
}
