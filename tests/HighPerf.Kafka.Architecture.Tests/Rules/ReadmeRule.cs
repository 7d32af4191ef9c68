using HighPerf.Kafka.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace HighPerf.Kafka.Architecture.Tests.Rules;

/// <summary>Every C# snippet of the documents compiles as a program of a user, who sees our public types only.</summary>
internal static class ReadmeRule
{
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    public static IEnumerable<Violation> Find(IEnumerable<SourceFile> documents, IReadOnlyList<MetadataReference> references)
    {
        foreach (SourceFile document in documents)
        {
            foreach ((int line, string code) in Snippets(document))
            {
                SyntaxTree tree = CSharpSyntaxTree.ParseText(code, SourceFile.ParseOptions);

                // A snippet of types alone, such as a test, is no program.
                bool isProgram = tree.GetRoot().ChildNodes().OfType<GlobalStatementSyntax>().Any();
                OutputKind kind = isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary;
                CSharpCompilation program = CSharpCompilation.Create(
                    "Snippet",
                    [CSharpSyntaxTree.ParseText(Usings, SourceFile.ParseOptions), tree],
                    references,
                    new CSharpCompilationOptions(kind, nullableContextOptions: NullableContextOptions.Enable));
                foreach (Diagnostic error in program.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error))
                {
                    int at = line + error.Location.GetLineSpan().StartLinePosition.Line;
                    yield return new Violation(document.Path, at, $"the snippet does not compile: {error.Id} {error.GetMessage()}");
                }
            }
        }
    }

    /// <summary>The fenced blocks marked csharp, each with the number of its first line.</summary>
    public static IEnumerable<(int Line, string Code)> Snippets(SourceFile document)
    {
        int start = -1;
        for (int i = 0; i < document.Lines.Length; i++)
        {
            string line = document.Lines[i].Trim();
            if (start < 0 && line is "```csharp" or "```cs")
            {
                start = i + 1;
            }
            else if (start >= 0 && line == "```")
            {
                yield return (start + 1, string.Join('\n', document.Lines[start..i]));
                start = -1;
            }
        }
    }
}
