using HighPerf.Kafka.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace HighPerf.Kafka.Architecture.Tests.Rules;

/// <summary>Files under 400 lines, methods under 70, lines of at most 160 characters.</summary>
internal static class LengthRule
{
    public const int FileLimit = 400;
    public const int MethodLimit = 70;
    public const int LineLimit = 160;

    public static IEnumerable<Violation> LongFiles(IEnumerable<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            int lines = file.Lines.Length - (file.Text.EndsWith('\n') ? 1 : 0);
            if (lines >= FileLimit)
            {
                yield return new Violation(file.Path, 0, $"{lines} lines; a file has fewer than {FileLimit}");
            }
        }
    }

    public static IEnumerable<Violation> LongLines(IEnumerable<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            for (int i = 0; i < file.Lines.Length; i++)
            {
                int length = file.Lines[i].TrimEnd('\r').Length;
                if (length > LineLimit)
                {
                    yield return new Violation(file.Path, i + 1, $"{length} characters; a line has at most {LineLimit}");
                }
            }
        }
    }

    public static IEnumerable<Violation> LongMethods(IEnumerable<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            SyntaxNode root = file.Tree.GetRoot();
            foreach (SyntaxNode node in root.DescendantNodes().Where(IsMethod))
            {
                FileLinePositionSpan span = file.Tree.GetLineSpan(node.Span);
                int lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
                if (lines >= MethodLimit)
                {
                    yield return new Violation(
                        file.Path, span.StartLinePosition.Line + 1, $"{NameOf(node)} has {lines} lines; a method has fewer than {MethodLimit}");
                }
            }

            int statements = root.ChildNodes().OfType<GlobalStatementSyntax>().Sum(statement => LinesOf(file.Tree, statement));
            if (statements >= MethodLimit)
            {
                yield return new Violation(file.Path, 1, $"{statements} lines of top-level statements; a method has fewer than {MethodLimit}");
            }
        }
    }

    private static int LinesOf(SyntaxTree tree, SyntaxNode node)
    {
        FileLinePositionSpan span = tree.GetLineSpan(node.Span);
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }

    private static bool IsMethod(SyntaxNode node) =>
        node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax;

    private static string NameOf(SyntaxNode node) => node switch
    {
        MethodDeclarationSyntax method => method.Identifier.Text,
        ConstructorDeclarationSyntax constructor => constructor.Identifier.Text,
        LocalFunctionStatementSyntax local => local.Identifier.Text,
        AccessorDeclarationSyntax accessor => (accessor.Parent?.Parent as PropertyDeclarationSyntax)?.Identifier.Text ?? accessor.Keyword.Text,
        _ => node.Kind().ToString(),
    };
}
