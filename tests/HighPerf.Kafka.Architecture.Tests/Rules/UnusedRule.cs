using HighPerf.Kafka.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using System.Text.RegularExpressions;

namespace HighPerf.Kafka.Architecture.Tests.Rules;

/// <summary>No file that nothing uses, no type that nothing names.</summary>
internal static class UnusedRule
{
    // What people and tools look for by name.
    private static readonly string[] Known = ["README.md", "CHANGELOG.md", "LICENSE", "ARCHITECTURE.md", "run.sh", "test.sh", "global.json", "HighPerf.sln"];

    /// <summary>Every C# file lies in a project's folder, and every project is in the solution.</summary>
    public static IEnumerable<Violation> Sources(IReadOnlyList<SourceFile> files)
    {
        List<SourceFile> projects = [.. files.Where(file => file.Name.EndsWith(".csproj", StringComparison.Ordinal))];
        string solution = files.FirstOrDefault(file => file.Path == "HighPerf.sln")?.Text.Replace('\\', '/') ?? "";
        foreach (SourceFile project in projects.Where(project => !solution.Contains(project.Path, StringComparison.Ordinal)))
        {
            yield return new Violation(project.Path, 0, "is not in HighPerf.sln");
        }

        foreach (SourceFile file in files.Where(file => file.IsCSharp))
        {
            if (!projects.Any(project => file.Path.StartsWith(project.Folder + "/", StringComparison.Ordinal)))
            {
                yield return new Violation(file.Path, 0, "no project compiles this file");
            }
        }
    }

    /// <summary>Every other file is named by some other file, itself or by its folder and ending.</summary>
    public static IEnumerable<Violation> Data(IReadOnlyList<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            bool isFound = file.IsCSharp || file.Name.StartsWith('.') || file.Folder.StartsWith('.') || Known.Contains(file.Name)
                || file.Name.EndsWith(".csproj", StringComparison.Ordinal) || file.Name.StartsWith("Directory.", StringComparison.Ordinal);
            if (!isFound && !files.Any(other => other != file && Names(other, file)))
            {
                yield return new Violation(file.Path, 0, "nothing names this file or its folder");
            }
        }
    }

    /// <summary>Every type that users cannot reach is named in src outside its own file, or in what a source generator makes there.</summary>
    /// <param name="generated">What the generators make.</param>
    /// <param name="tests">Tests and benchmarks. They count as users of the wire alone, which is whole before the engines are that need all of it.</param>
    public static IEnumerable<Violation> Types(
        IReadOnlyList<SourceFile> sources, IEnumerable<SyntaxTree>? generated = null, IEnumerable<SourceFile>? tests = null)
    {
        ILookup<string, string> uses = sources.SelectMany(file => Words(file.Tree, file.Path))
            .Concat((generated ?? []).SelectMany(tree => Words(tree, "generated")))
            .ToLookup(use => use.Word, use => use.Path);
        HashSet<string> tested = [.. (tests ?? []).SelectMany(file => Words(file.Tree, file.Path)).Select(use => use.Word)];
        foreach (SourceFile file in sources)
        {
            foreach (BaseTypeDeclarationSyntax type in file.Tree.GetRoot().DescendantNodes().OfType<BaseTypeDeclarationSyntax>())
            {
                string name = type.Identifier.ValueText;
                bool isTopLevel = type.Parent is BaseNamespaceDeclarationSyntax or CompilationUnitSyntax;
                bool isHidden = !type.Modifiers.Any(SyntaxKind.PublicKeyword);
                bool isFoundByCompiler = type.AttributeLists.ToString().Contains("Generator", StringComparison.Ordinal)
                    || name == "IsExternalInit";
                bool isWire = file.Path.StartsWith("src/HighPerf.Kafka.Protocol/", StringComparison.Ordinal);
                bool isUsed = uses[name].Any(path => !IsSameType(path, file.Path)) || (isWire && tested.Contains(name));
                if (isTopLevel && isHidden && !isFoundByCompiler && !IsExtension(type) && !isUsed)
                {
                    int line = type.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
                    yield return new Violation(file.Path, line, $"nothing else in src uses {name}");
                }
            }
        }
    }

    private static IEnumerable<(string Word, string Path)> Words(SyntaxTree tree, string path) => tree.GetRoot().DescendantTokens()
        .Where(token => token.IsKind(SyntaxKind.IdentifierToken)).Select(token => (token.ValueText, path)).Distinct();

    private static bool Names(SourceFile other, SourceFile file)
    {
        if (other.Text.Length == 0)
        {
            return false;
        }

        if (other.Text.Contains(file.Name, StringComparison.Ordinal))
        {
            return true;
        }

        // A test or a build that reads a whole folder names the folder; prose that happens to hold the word does not count.
        string folder = file.Folder[(file.Folder.LastIndexOf('/') + 1)..];
        bool isCode = other.IsCSharp || other.Name.EndsWith(".csproj", StringComparison.Ordinal) || other.Name.EndsWith(".sh", StringComparison.Ordinal);
        return isCode && folder.Length > 0 && Regex.IsMatch(other.Text, $"[\"/]{Regex.Escape(folder)}[\"/*]");
    }

    // Extension methods are used without their class being named.
    private static bool IsExtension(BaseTypeDeclarationSyntax type) => type is ClassDeclarationSyntax
        && type.DescendantNodes().OfType<ParameterSyntax>().Any(parameter => parameter.Modifiers.Any(SyntaxKind.ThisKeyword));

    // The parts of a partial type, and a type beside its generic twin, do not count as users.
    private static bool IsSameType(string path, string own) => path == own || Stem(path) == Stem(own);

    private static string Stem(string path)
    {
        int name = path.LastIndexOf('/') + 1;
        int end = path.AsSpan(name).IndexOfAny('.', '{');
        return end < 0 ? path : path[..(name + end)];
    }
}
