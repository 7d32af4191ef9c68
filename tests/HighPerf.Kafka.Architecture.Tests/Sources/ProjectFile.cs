using System.Xml.Linq;

namespace HighPerf.Kafka.Architecture.Tests.Sources;

/// <summary>What the rules need to know of one .csproj file.</summary>
internal sealed class ProjectFile
{
    public ProjectFile(SourceFile file)
    {
        XDocument document = XDocument.Parse(file.Text);
        File = file;
        Folder = file.Folder;
        Name = file.Name[..^".csproj".Length];
        AssemblyName = Property(document, "AssemblyName") ?? Name;
        References = Items(document, "ProjectReference").Select(path => System.IO.Path.GetFileNameWithoutExtension(path)).ToList();
        Packages = Items(document, "PackageReference");
        Friends = Items(document, "InternalsVisibleTo");
        Usings = Items(document, "Using");
        AdditionalFiles = Items(document, "AdditionalFiles");
        VisibleProperties = Items(document, "CompilerVisibleProperty").ToDictionary(name => name, name => Property(document, name) ?? "");
        IsExecutable = Property(document, "OutputType") == "Exe";
    }

    public SourceFile File { get; }

    public string Folder { get; }

    public string Name { get; }

    public string AssemblyName { get; }

    public bool IsExecutable { get; }

    /// <summary>The names of the projects this one references.</summary>
    public IReadOnlyList<string> References { get; }

    public IReadOnlyList<string> Packages { get; }

    /// <summary>The assemblies that see this one's internal types.</summary>
    public IReadOnlyList<string> Friends { get; }

    public IReadOnlyList<string> Usings { get; }

    /// <summary>Paths, from the project's folder and perhaps with stars, that a source generator reads.</summary>
    public IReadOnlyList<string> AdditionalFiles { get; }

    /// <summary>The properties that the project tells its source generators.</summary>
    public IReadOnlyDictionary<string, string> VisibleProperties { get; }

    public bool Holds(SourceFile file) => file.Path.StartsWith(Folder + "/", StringComparison.Ordinal);

    private static List<string> Items(XDocument document, string kind) =>
        [.. document.Descendants(kind).Select(item => (string?)item.Attribute("Include")).OfType<string>()];

    private static string? Property(XDocument document, string name) => document.Descendants(name).FirstOrDefault()?.Value;
}
