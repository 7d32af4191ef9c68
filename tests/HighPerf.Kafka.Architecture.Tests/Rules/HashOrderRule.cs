using HighPerf.Kafka.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace HighPerf.Kafka.Architecture.Tests.Rules;

/// <summary>
/// String hashes differ from process to process, so no order may come from them: nothing enumerates a hash table whose key is or holds
/// a string, unless what it makes of it has no order, or a stated one. Keep a list beside the table, or sort.
/// </summary>
internal static class HashOrderRule
{
    private static readonly string[] Tables =
    [
        "Dictionary", "HashSet", "ConcurrentDictionary", "FrozenDictionary", "FrozenSet", "ImmutableDictionary", "ImmutableHashSet", "Lookup",
        "IDictionary", "IReadOnlyDictionary", "ISet", "IReadOnlySet", "ILookup", "KeyCollection", "ValueCollection",
    ];

    // What these make of their input does not depend on its order.
    private static readonly string[] Orderless =
    [
        "Order", "OrderBy", "OrderDescending", "OrderByDescending", "Any", "All", "Count", "LongCount", "Sum", "Min", "Max", "MinBy", "MaxBy", "Contains",
        "ToDictionary", "ToHashSet", "ToFrozenDictionary", "ToFrozenSet", "UnionWith", "ExceptWith", "IntersectWith", "SetEquals", "IsSubsetOf",
        "IsSupersetOf", "Overlaps",
    ];

    public static IEnumerable<Violation> Find(SourceModel source)
    {
        foreach (SourceProject project in source.Projects.Where(project => project.Name != "HighPerf.Kafka.Runtime"))
        {
            foreach (SourceFile file in project.Files)
            {
                SemanticModel model = source.Understand(project, file);
                foreach (ExpressionSyntax table in file.Tree.GetRoot().DescendantNodes().Select(Enumerated).OfType<ExpressionSyntax>())
                {
                    if (model.GetTypeInfo(table).Type is INamedTypeSymbol type && IsTableOfStrings(type))
                    {
                        int line = table.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
                        yield return new Violation(file.Path, line, $"enumerates {table}, a {Short(type)}, whose order depends on string hashes");
                    }
                }
            }
        }
    }

    /// <summary>The expression that <paramref name="node"/> enumerates, if it enumerates one.</summary>
    private static ExpressionSyntax? Enumerated(SyntaxNode node) => node switch
    {
        CommonForEachStatementSyntax loop => loop.Expression,
        SpreadElementSyntax spread => spread.Expression,
        FromClauseSyntax from => from.Expression,
        ArgumentSyntax { Parent.Parent: BaseObjectCreationExpressionSyntax { ArgumentList.Arguments.Count: 1 } creation } argument
            when IsList(creation) => argument.Expression,
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: "Join", Expression: PredefinedTypeSyntax } } join =>
            join.ArgumentList.Arguments.LastOrDefault()?.Expression,
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.Text: "AddRange" } } add =>
            add.ArgumentList.Arguments.LastOrDefault()?.Expression,
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax call } when IsLinq(call.Name.Identifier.Text) => call.Expression,
        _ => null,
    };

    private static bool IsLinq(string method) => !Orderless.Contains(method) && typeof(Enumerable).GetMethods().Any(linq => linq.Name == method);

    private static bool IsList(BaseObjectCreationExpressionSyntax creation) =>
        creation is ObjectCreationExpressionSyntax { Type: GenericNameSyntax { Identifier.Text: "List" or "Queue" or "Stack" } };

    private static bool IsTableOfStrings(INamedTypeSymbol type)
    {
        if (!Tables.Contains(type.Name))
        {
            return false;
        }

        INamedTypeSymbol keyed = type.TypeArguments.Length > 0 ? type : type.ContainingType ?? type;
        return keyed.TypeArguments.Length > 0 && HoldsString(keyed.TypeArguments[0], 0);
    }

    private static bool HoldsString(ITypeSymbol key, int depth)
    {
        if (key.SpecialType == SpecialType.System_String)
        {
            return true;
        }

        // A tuple, record or struct hashes its parts; a class without value equality hashes its identity.
        bool hashesParts = key.IsValueType || key.IsRecord;
        return hashesParts && depth < 4 && key.SpecialType == SpecialType.None
            && key.GetMembers().OfType<IFieldSymbol>().Any(field => !field.IsStatic && HoldsString(field.Type, depth + 1));
    }

    private static string Short(INamedTypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat);
}
