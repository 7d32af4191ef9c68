using HighPerf.Kafka.Architecture.Tests.Rules;
using HighPerf.Kafka.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;

namespace HighPerf.Kafka.Architecture.Tests;

public sealed class DocumentTests
{
    [Fact]
    public void Snippets_of_the_documents_compile()
    {
        IEnumerable<MetadataReference> ours = SourceModel.Current.Projects
            .Where(project => project.Name != "HighPerf.Kafka.Cli").Select(project => project.Compilation.ToMetadataReference());

        Violation.AssertNone(
            "C# in a document compiles",
            ReadmeRule.Find(Repository.Current.Files.Where(file => file.Name is "README.md" or "ARCHITECTURE.md"), [.. ours, .. SourceModel.Platform]));
    }

    [Fact]
    public void The_sources_are_understood()
    {
        // A name the rules cannot resolve is a name they cannot judge. What generators of the framework would add is known to be missing.
        string[] missingParts = ["CS8795", "CS9248", "CS0759"];
        IEnumerable<Violation> errors = SourceModel.Current.Projects.SelectMany(project => project.Compilation.GetDiagnostics())
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error && !missingParts.Contains(diagnostic.Id))
            .Select(diagnostic => (Diagnostic: diagnostic, Span: diagnostic.Location.GetLineSpan()))
            .Select(error => new Violation(error.Span.Path, error.Span.StartLinePosition.Line + 1, $"{error.Diagnostic.Id} {error.Diagnostic.GetMessage()}"));

        Violation.AssertNone("the architecture tests see src as the compiler does", errors);
    }

    [Theory]
    [InlineData("int answer = 6 * 7;\nConsole.WriteLine(answer);", 0)]
    [InlineData("int answer = \"forty-two\";", 1)]
    [InlineData("using HighPerf.Nowhere;\nreturn;", 1)]
    public void A_snippet_that_does_not_compile_is_seen(string code, int expected)
    {
        SourceFile readme = new("README.md", $"# Title\n\n```csharp\n{code}\n```\n");

        List<Violation> seen = [.. ReadmeRule.Find([readme], SourceModel.Platform)];
        Assert.Equal(expected, seen.Count);
        Assert.All(seen, violation => Assert.Equal(4, violation.Line));
    }
}
