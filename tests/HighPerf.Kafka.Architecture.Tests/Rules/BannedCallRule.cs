using HighPerf.Kafka.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace HighPerf.Kafka.Architecture.Tests.Rules;

/// <summary>
/// Time, threads and randomness come in through Runtime, so that one seed replays a whole run. What reaches past it is banned
/// everywhere else in src. Cryptographic randomness is allowed where secrets are made, in Security.
/// </summary>
internal static class BannedCallRule
{
    private static readonly string[] Members =
    [
        "System.DateTime.Now", "System.DateTime.UtcNow", "System.DateTime.Today", "System.DateTimeOffset.Now", "System.DateTimeOffset.UtcNow",
        "System.Environment.TickCount", "System.Environment.TickCount64", "System.Threading.Tasks.Task.Run", "System.Threading.Tasks.Task.Delay",
        "System.Threading.Tasks.Task.Factory", "System.Threading.Tasks.TaskFactory.StartNew", "System.Threading.Thread.Sleep",
        "System.Threading.CancellationTokenSource.CancelAfter", "System.Guid.NewGuid", "System.Guid.CreateVersion7",
    ];

    private static readonly string[] Types =
    [
        "System.Diagnostics.Stopwatch", "System.Threading.ThreadPool", "System.Threading.Timer", "System.Timers.Timer",
        "System.Threading.PeriodicTimer", "System.Random", "System.Security.Cryptography.RandomNumberGenerator",
    ];

    public static IEnumerable<Violation> Find(SourceModel source)
    {
        foreach (SourceProject project in source.Projects.Where(project => project.Name != "HighPerf.Kafka.Runtime"))
        {
            foreach (SourceFile file in project.Files)
            {
                SemanticModel model = source.Understand(project, file);
                foreach (SyntaxNode node in file.Tree.GetRoot().DescendantNodes())
                {
                    ISymbol? symbol = SymbolOf(model, node);
                    if (symbol is not null && NameOfBanned(symbol, node, file) is { } name)
                    {
                        int line = node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
                        yield return new Violation(file.Path, line, $"{name} is banned outside Runtime: take time, threads and randomness from there");
                    }
                }
            }
        }
    }

    private static ISymbol? SymbolOf(SemanticModel model, SyntaxNode node)
    {
        if (node is not (SimpleNameSyntax or BaseObjectCreationExpressionSyntax))
        {
            return null;
        }

        SymbolInfo info = model.GetSymbolInfo(node);
        return info.Symbol ?? info.CandidateSymbols.FirstOrDefault();
    }

    private static string? NameOfBanned(ISymbol symbol, SyntaxNode node, SourceFile file)
    {
        INamedTypeSymbol? type = symbol as INamedTypeSymbol ?? symbol.ContainingType;
        if (type is null)
        {
            return null;
        }

        string typeName = type.OriginalDefinition.ToDisplayString();
        if (Types.Contains(typeName))
        {
            bool isSecret = typeName.EndsWith("RandomNumberGenerator", StringComparison.Ordinal) && file.Path.Contains("/Security/", StringComparison.Ordinal);
            return isSecret ? null : typeName;
        }

        // A source that cancels itself after a while is CancelAfter in other words, unless it is given the clock.
        if (node is BaseObjectCreationExpressionSyntax && typeName == "System.Threading.CancellationTokenSource"
            && symbol is IMethodSymbol { Parameters.Length: 1 })
        {
            return "new CancellationTokenSource(delay)";
        }

        string memberName = $"{typeName}.{symbol.Name}";
        return symbol is not INamedTypeSymbol && Members.Contains(memberName) ? memberName : null;
    }
}
