using HighPerf.Kafka.Architecture.Tests.Sources;
using System.Text.RegularExpressions;

namespace HighPerf.Kafka.Architecture.Tests.Rules;

/// <summary>Nothing that a build made, nothing large, and no path of somebody's machine.</summary>
internal static partial class ArtefactRule
{
    public const int LargestFile = 1024 * 1024;

    private static readonly string[] Endings =
        [".dll", ".exe", ".so", ".pdb", ".nupkg", ".trx", ".etl", ".nettrace", ".pcap", ".class", ".jar", ".zip", ".o", ".tgz", ".log", ".orig", ".rej"];

    public static IEnumerable<Violation> Find(IEnumerable<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            if (file.Length > LargestFile)
            {
                yield return new Violation(file.Path, 0, $"{file.Length} bytes; a file has at most {LargestFile}");
            }

            if (Endings.Any(ending => file.Path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
            {
                yield return new Violation(file.Path, 0, "made by a tool, not written: it does not belong into the repository");
            }

            for (int i = 0; i < file.Lines.Length; i++)
            {
                if (MachinePath().Match(file.Lines[i]) is { Success: true } match)
                {
                    yield return new Violation(file.Path, i + 1, $"\"{match.Value}\" is a path of one machine");
                }
            }
        }
    }

    // The brackets keep this file from being its own violation.
    [GeneratedRegex(@"(?<![\w.$}])(/h[o]me/\w+|/r[o]ot/|/w[o]rk/|/U[s]ers/\w+|\bC:\\\\?Users)")]
    private static partial Regex MachinePath();
}
