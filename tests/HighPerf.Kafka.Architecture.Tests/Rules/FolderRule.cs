using HighPerf.Kafka.Architecture.Tests.Sources;

namespace HighPerf.Kafka.Architecture.Tests.Rules;

/// <summary>No folder whose name says nothing, and at the top of the repository only what was agreed.</summary>
internal static class FolderRule
{
    private static readonly string[] Forbidden = ["Util", "Utils", "Utilities", "Helper", "Helpers", "Common", "Internal", "Shared", "Misc", "Core"];

    private static readonly string[] AtTheTop =
    [
        "src", "bench", "tests", "protocol-specs", "HighPerf.sln", "Directory.Build.props", "Directory.Packages.props", "global.json",
        "run.sh", "test.sh", "LICENSE", "CHANGELOG.md", "README.md",
    ];

    public static IEnumerable<Violation> Find(IEnumerable<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            string[] parts = file.Path.Split('/');
            foreach (string folder in parts[..^1])
            {
                if (Forbidden.Contains(folder, StringComparer.OrdinalIgnoreCase))
                {
                    yield return new Violation(file.Path, 0, $"the folder name \"{folder}\" says nothing about what is in it");
                }
            }

            if (!parts[0].StartsWith('.') && !AtTheTop.Contains(parts[0]))
            {
                yield return new Violation(file.Path, 0, $"\"{parts[0]}\" is not among the agreed top-level entries");
            }
        }
    }
}
