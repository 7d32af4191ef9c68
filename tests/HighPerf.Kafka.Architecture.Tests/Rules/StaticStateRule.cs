using HighPerf.Kafka.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace HighPerf.Kafka.Architecture.Tests.Rules;

/// <summary>
/// No state that a process shares: a static field is read-only and its value cannot change. A private array counts as a table
/// as long as nothing but its initialiser writes it.
/// </summary>
internal static class StaticStateRule
{
    public static IEnumerable<Violation> Find(SourceModel source)
    {
        foreach (SourceProject project in source.Projects)
        {
            foreach (SourceFile file in project.Files)
            {
                SemanticModel model = source.Understand(project, file);
                foreach (BaseTypeDeclarationSyntax declaration in file.Tree.GetRoot().DescendantNodes().OfType<BaseTypeDeclarationSyntax>())
                {
                    if (model.GetDeclaredSymbol(declaration) is not INamedTypeSymbol type)
                    {
                        continue;
                    }

                    foreach (IFieldSymbol field in type.GetMembers().OfType<IFieldSymbol>().Where(field => IsDeclaredIn(field, file)))
                    {
                        if (Fault(model, declaration, field) is { } fault)
                        {
                            int line = field.Locations[0].GetLineSpan().StartLinePosition.Line + 1;
                            yield return new Violation(file.Path, line, $"{type.Name}.{NameOf(field)} {fault}");
                        }
                    }
                }
            }
        }
    }

    private static bool IsDeclaredIn(IFieldSymbol field, SourceFile file) =>
        field.IsStatic && !field.IsConst && field.Locations.Length > 0 && field.Locations[0].SourceTree == file.Tree;

    private static string? Fault(SemanticModel model, BaseTypeDeclarationSyntax declaration, IFieldSymbol field)
    {
        if (!field.IsReadOnly)
        {
            return "is static and can be assigned again";
        }

        if (field.Type is IArrayTypeSymbol)
        {
            if (field.DeclaredAccessibility != Accessibility.Private)
            {
                return "is a static array that others can write; make it private, or a ReadOnlySpan or ImmutableArray";
            }

            return IsWritten(model, declaration, field) ? "is a static array that is written after it was made" : null;
        }

        return ImmutableTypes.Contains(field.Type) ? null : $"is static and its type {field.Type.ToDisplayString()} can change";
    }

    private static bool IsWritten(SemanticModel model, BaseTypeDeclarationSyntax declaration, IFieldSymbol field)
    {
        foreach (ElementAccessExpressionSyntax access in declaration.DescendantNodes().OfType<ElementAccessExpressionSyntax>())
        {
            bool isTarget = access.Parent switch
            {
                AssignmentExpressionSyntax assignment => assignment.Left == access,
                PrefixUnaryExpressionSyntax prefix => prefix.OperatorToken.Text is "++" or "--",
                PostfixUnaryExpressionSyntax postfix => postfix.OperatorToken.Text is "++" or "--",
                ArgumentSyntax argument => argument.RefKindKeyword.Text is "ref" or "out",
                _ => false,
            };
            bool isMaking = access.Ancestors().OfType<ConstructorDeclarationSyntax>().Any(constructor => constructor.Modifiers.ToString().Contains("static"));
            if (isTarget && !isMaking && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(access.Expression).Symbol, field))
            {
                return true;
            }
        }

        return false;
    }

    private static string NameOf(IFieldSymbol field) => field.AssociatedSymbol?.Name ?? field.Name;
}
