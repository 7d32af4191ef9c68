using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace HighPerf.Kafka.Comparison.Tables;

/// <summary>One run of one client against one server.</summary>
/// <param name="Figures">By name, members of members with a dot between.</param>
/// <param name="SentInAll">Records that the client says it sent, measured or not.</param>
/// <param name="Totals">What a null broker counted.</param>
internal sealed partial record Run(SortedDictionary<string, double> Figures, long SentInAll, JsonElement? Totals)
{
    /// <exception cref="InvalidOperationException">The client failed.</exception>
    public static Run Of(string client, ProduceRow row, string arguments, ServerKind kind, Programs programs)
    {
        using Server server = Server.Start(kind, programs, row.Partitions);
        Run run = Of(client, row.Name, arguments, server, programs);
        return run with { Totals = server.Stop() };
    }

    /// <param name="verb">Which load.</param>
    /// <inheritdoc cref="Of(string, ProduceRow, string, ServerKind, Programs)"/>
    public static Run Of(string client, string name, string arguments, Server server, Programs programs, string verb = "produce")
    {
        string[] command = client == ProduceTable.Ours ? [programs.Hpk, "bench", verb] : [programs.Comparison, verb];
        ProcessStartInfo start = new("dotnet", [.. command, "-b", server.BootstrapServers, "--json", .. arguments.Split(' ')])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        string notes = errors.GetAwaiter().GetResult();
        if (process.ExitCode != 0 || output.Length == 0)
        {
            throw new InvalidOperationException($"{client}, {name}: exit code {process.ExitCode}: {notes.Trim()}");
        }

        using JsonDocument document = JsonDocument.Parse(output);
        SortedDictionary<string, double> figures = new(StringComparer.Ordinal);
        Add(figures, "", document.RootElement);
        Note(figures, "memoryOverOneRecord", MemoryNote(), notes);
        Note(figures, "pacerAlone", PacerNote(), notes);
        Match sent = SentNote().Match(notes);
        return new Run(figures, sent.Success ? long.Parse(sent.Groups[1].Value, CultureInfo.InvariantCulture) : 0, null)
        {
            Checksum = document.RootElement.TryGetProperty("checksum", out JsonElement checksum) ? checksum.GetString() : null,
        };
    }

    /// <summary>Over every key and value that was read; null from a load that reads none.</summary>
    public string? Checksum { get; init; }

    public double this[string name] => Figures.GetValueOrDefault(name, double.NaN);

    private static void Add(SortedDictionary<string, double> figures, string prefix, JsonElement members)
    {
        foreach (JsonProperty member in members.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Object)
            {
                Add(figures, member.Name + ".", member.Value);
            }
            else if (member.Value.ValueKind == JsonValueKind.Number)
            {
                figures[prefix + member.Name] = member.Value.GetDouble();
            }
        }
    }

    private static void Note(SortedDictionary<string, double> figures, string name, Regex pattern, string notes)
    {
        if (pattern.Match(notes) is { Success: true } match)
        {
            figures[name] = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        }
    }

    [GeneratedRegex("([-0-9.]+) MB over it")]
    private static partial Regex MemoryNote();

    [GeneratedRegex("pacer alone +([0-9.]+) us")]
    private static partial Regex PacerNote();

    [GeneratedRegex("sent in all +([0-9]+) records")]
    private static partial Regex SentNote();
}
