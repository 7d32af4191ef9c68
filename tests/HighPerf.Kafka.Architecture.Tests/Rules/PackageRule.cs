using HighPerf.Kafka.Architecture.Tests.Sources;

namespace HighPerf.Kafka.Architecture.Tests.Rules;

/// <summary>A referenced package is used by the project that references it, and each pinned version belongs to a referenced package.</summary>
internal static class PackageRule
{
    // The name that shows the use of a package, where it is not the package's own.
    private static readonly (string Package, string Name)[] Shown =
    [
        ("Microsoft.CodeAnalysis.CSharp", "Microsoft.CodeAnalysis"), ("Xunit.SkippableFact", "Skippable"), ("System.CommandLine", "System.CommandLine"),
        ("Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.Logging"),
        ("Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.Extensions.DependencyInjection"),
    ];

    public static IEnumerable<Violation> Find(IEnumerable<ProjectFile> projects, IReadOnlyList<SourceFile> files)
    {
        foreach (ProjectFile project in projects)
        {
            foreach (string package in project.Packages)
            {
                string name = Shown.FirstOrDefault(row => row.Package == package).Name ?? package;
                if (!files.Any(file => file.IsCSharp && project.Holds(file) && file.Text.Contains(name, StringComparison.Ordinal)))
                {
                    yield return new Violation(project.File.Path, 0, $"{project.Name} references {package} and does not use it");
                }
            }
        }
    }

    /// <param name="versions">The central list of versions.</param>
    /// <param name="references">Every file that may reference a package, the lists of resolved packages included.</param>
    public static IEnumerable<Violation> UnusedVersions(SourceFile versions, IReadOnlyList<string> references)
    {
        for (int i = 0; i < versions.Lines.Length; i++)
        {
            string[] parts = versions.Lines[i].Split('"');
            if (parts.Length > 2 && parts[0].Contains("<PackageVersion Include=", StringComparison.Ordinal)
                && !references.Any(text => text.Contains(parts[1], StringComparison.OrdinalIgnoreCase)))
            {
                yield return new Violation(versions.Path, i + 1, $"no project needs {parts[1]}");
            }
        }
    }
}
