using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace HighPerf.Kafka.Architecture.Tests.Sources;

/// <summary>Runs our source generator as the build does, so that the rules see the messages too.</summary>
internal static class Generators
{
    public static CSharpCompilation Run(Repository repository, ProjectFile project, CSharpCompilation compilation)
    {
        ISourceGenerator[] generators =
        [
            .. Assembly.Load("HighPerf.Kafka.Protocol.Generator").GetTypes()
                .Where(type => typeof(IIncrementalGenerator).IsAssignableFrom(type) && !type.IsAbstract)
                .Select(type => ((IIncrementalGenerator)Activator.CreateInstance(type)!).AsSourceGenerator()),
        ];
        IEnumerable<AdditionalText> texts = repository.Files
            .Where(file => project.AdditionalFiles.Any(pattern => Matches(project, pattern, file)))
            .Select(file => new FileText(Path.Combine(repository.Root, file.Path), file.Text));
        GeneratorDriver driver = CSharpGeneratorDriver.Create(generators, texts, SourceFile.ParseOptions, new BuildProperties(project.VisibleProperties));
        driver.RunGeneratorsAndUpdateCompilation(compilation, out Compilation result, out _);
        return (CSharpCompilation)result;
    }

    private static bool Matches(ProjectFile project, string pattern, SourceFile file)
    {
        string path = pattern.Replace('\\', '/').Replace("$(MSBuildThisFileDirectory)", "", StringComparison.Ordinal);
        string full = Path.GetRelativePath(".", Path.Combine(project.Folder, path)).Replace('\\', '/');
        string regex = Regex.Escape(full).Replace(@"\*\*/", "(.*/)?", StringComparison.Ordinal).Replace(@"\*", "[^/]*", StringComparison.Ordinal);
        return Regex.IsMatch(file.Path, $"^{regex}$");
    }
}
