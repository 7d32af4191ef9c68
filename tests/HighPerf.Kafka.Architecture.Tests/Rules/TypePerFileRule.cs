using HighPerf.Kafka.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace HighPerf.Kafka.Architecture.Tests.Rules;

/// <summary>
/// One top-level type to a file, and the file is called like it: <c>Foo.cs</c>, <c>Foo{T}.cs</c> beside a non-generic Foo,
/// <c>Foo.Part.cs</c> for a part of a partial type.
/// </summary>
internal static class TypePerFileRule
{
    public static IEnumerable<Violation> Find(IEnumerable<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            List<MemberDeclarationSyntax> types = [.. file.Tree.GetRoot().DescendantNodes(node => node is not TypeDeclarationSyntax)
                .OfType<MemberDeclarationSyntax>().Where(IsType)];
            foreach (MemberDeclarationSyntax type in types.Skip(1))
            {
                yield return new Violation(file.Path, LineOf(file, type), $"{NameOf(type)} is a second top-level type of this file");
            }

            if (types.Count > 0 && !IsCalledLike(file, types[0]))
            {
                yield return new Violation(file.Path, LineOf(file, types[0]), $"the file of {NameOf(types[0])} is called {file.Name}");
            }
        }
    }

    private static bool IsType(MemberDeclarationSyntax member) => member is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax;

    private static bool IsCalledLike(SourceFile file, MemberDeclarationSyntax type)
    {
        string name = NameOf(type);
        string stem = file.Name[..^".cs".Length];
        bool isGeneric = type is TypeDeclarationSyntax { TypeParameterList: not null } or DelegateDeclarationSyntax { TypeParameterList: not null };
        return stem == name || stem.StartsWith(name + ".", StringComparison.Ordinal) || (isGeneric && stem.StartsWith(name + "{", StringComparison.Ordinal));
    }

    private static string NameOf(MemberDeclarationSyntax type) =>
        type is DelegateDeclarationSyntax named ? named.Identifier.Text : ((BaseTypeDeclarationSyntax)type).Identifier.Text;

    private static int LineOf(SourceFile file, SyntaxNode node) => file.Tree.GetLineSpan(node.Span).StartLinePosition.Line + 1;
}
