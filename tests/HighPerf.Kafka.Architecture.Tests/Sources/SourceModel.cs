using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace HighPerf.Kafka.Architecture.Tests.Sources;

/// <summary>
/// The projects of src as the compiler understands them, generated messages included. A rule about calls and types asks
/// the compiler what a name means and is not misled by a like-sounding one.
/// </summary>
internal sealed class SourceModel
{
    private const string ImplicitUsings = """
        global using global::System;
        global using global::System.Collections.Generic;
        global using global::System.IO;
        global using global::System.Linq;
        global using global::System.Net.Http;
        global using global::System.Threading;
        global using global::System.Threading.Tasks;

        """;

    private static readonly Lazy<SourceModel> LazyCurrent = new(() => Build(Repository.Current));

    /// <summary>What our own code may refer to beside itself: the framework and the packages, but no built assembly of ours.</summary>
    private static readonly Lazy<ImmutableArray<MetadataReference>> LazyPlatform = new(FindPlatform);

    private readonly Dictionary<SyntaxTree, SemanticModel> _models = [];

    private SourceModel(IReadOnlyList<SourceProject> projects) => Projects = projects;

    /// <summary>The model of this repository, built once.</summary>
    public static SourceModel Current => LazyCurrent.Value;

    public static ImmutableArray<MetadataReference> Platform => LazyPlatform.Value;

    public IReadOnlyList<SourceProject> Projects { get; }

    /// <summary>A model of a few made-up files of one project, for the tests of the rules themselves.</summary>
    public static SourceModel Of(string project, params (string Path, string Text)[] files)
    {
        List<SourceFile> sources = [.. files.Select(file => new SourceFile(file.Path, file.Text))];
        return new SourceModel([new SourceProject(project, sources, Compile(project, sources, ImplicitUsings, []))]);
    }

    /// <summary>The compiler's understanding of one file, kept so that every rule shares it.</summary>
    public SemanticModel Understand(SourceProject project, SourceFile file)
    {
        lock (_models)
        {
            if (!_models.TryGetValue(file.Tree, out SemanticModel? model))
            {
                model = project.Compilation.GetSemanticModel(file.Tree);
                _models.Add(file.Tree, model);
            }

            return model;
        }
    }

    private static SourceModel Build(Repository repository)
    {
        List<ProjectFile> waiting = [.. repository.Under("src").Where(file => file.Name.EndsWith(".csproj", StringComparison.Ordinal))
            .Select(file => new ProjectFile(file)).Where(project => !project.Name.EndsWith(".Generator", StringComparison.Ordinal))];
        List<SourceProject> built = [];
        while (waiting.Count > 0)
        {
            ProjectFile next = waiting.First(project => !waiting.Any(other => project.References.Contains(other.Name)));
            waiting.Remove(next);
            built.Add(Build(repository, next, built));
        }

        return new SourceModel(built);
    }

    private static SourceProject Build(Repository repository, ProjectFile project, List<SourceProject> below)
    {
        List<SourceFile> files = [.. repository.CSharp.Where(project.Holds)];
        string globals = ImplicitUsings
            + string.Concat(project.Usings.Select(name => $"global using {name};\n"))
            + string.Concat(project.Friends.Select(name => $"[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"{name}\")]\n"));
        IEnumerable<MetadataReference> references = below.Select(other => other.Compilation.ToMetadataReference());
        CSharpCompilation compilation = Compile(project.AssemblyName, files, globals, references, project.IsExecutable);
        if (project.AdditionalFiles.Count > 0)
        {
            compilation = Generators.Run(repository, project, compilation);
        }

        return new SourceProject(project.Name, files, compilation);
    }

    private static CSharpCompilation Compile(
        string name, List<SourceFile> files, string globals, IEnumerable<MetadataReference> references, bool executable = false)
    {
        SyntaxTree globalTree = CSharpSyntaxTree.ParseText(globals, SourceFile.ParseOptions);
        OutputKind kind = executable ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary;
        return CSharpCompilation.Create(
            name,
            files.Select(file => file.Tree).Prepend(globalTree),
            references.Concat(Platform),
            new CSharpCompilationOptions(kind, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
    }

    private static ImmutableArray<MetadataReference> FindPlatform()
    {
        string platform = (string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")
            ?? throw new InvalidOperationException("The host does not say where the framework's assemblies are.");
        return
        [
            .. platform.Split(Path.PathSeparator).Where(path => !IsOurs(Path.GetFileNameWithoutExtension(path)))
                .Select(path => MetadataReference.CreateFromFile(path)),
        ];
    }

    private static bool IsOurs(string assembly) => assembly == "hpk" || assembly.StartsWith("HighPerf.", StringComparison.Ordinal);
}
