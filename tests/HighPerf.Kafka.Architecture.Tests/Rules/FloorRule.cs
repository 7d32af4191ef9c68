using HighPerf.Kafka.Architecture.Tests.Sources;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace HighPerf.Kafka.Architecture.Tests.Rules;

/// <summary>
/// Each floor sees only those below it. Of the public namespace the rooms see the vocabulary: types that themselves know no room
/// (options, enums, exceptions, records of values). A public type that knows a room is the face, on the top floor.
/// </summary>
internal static class FloorRule
{
    public static IEnumerable<Violation> Projects(IEnumerable<ProjectFile> projects)
    {
        foreach (ProjectFile project in projects)
        {
            if (!FloorPlan.Projects.TryGetValue(project.Name, out string[]? allowed))
            {
                yield return new Violation(project.File.Path, 0, $"{project.Name} is not in the plan of the house");
                continue;
            }

            foreach (string reference in project.References.Where(reference => !allowed.Contains(reference)))
            {
                yield return new Violation(project.File.Path, 0, $"{project.Name} references {reference}, which is not below it");
            }
        }
    }

    public static IEnumerable<Violation> Rooms(SourceModel source)
    {
        List<(SourceFile File, SyntaxNode Node, INamedTypeSymbol From, INamedTypeSymbol To)> uses = [.. Uses(source)];
        HashSet<string> face = FindFace(uses.Select(use => (use.From, use.To)));
        foreach ((SourceFile file, SyntaxNode node, INamedTypeSymbol from, INamedTypeSymbol to) in uses)
        {
            string? room = FloorPlan.RoomOf(NamespaceOf(from));
            string? other = FloorPlan.RoomOf(NamespaceOf(to));
            bool isAbove = room is not null && (other is null ? face.Contains(NameOf(to)) : !FloorPlan.MaySee(room, other));
            if (isAbove)
            {
                string where = other ?? "the public face";
                yield return new Violation(file.Path, LineOf(node), $"{from.Name} of {room} uses {to.Name} of {where}, which is not below it");
            }
        }
    }

    /// <summary>Names a project must not know at all.</summary>
    public static IEnumerable<Violation> UnknownNames(SourceModel source)
    {
        foreach (SourceProject project in source.Projects.Where(project => FloorPlan.Unknown.ContainsKey(project.Name)))
        {
            foreach (SourceFile file in project.Files)
            {
                foreach ((SyntaxNode node, INamedTypeSymbol type) in TypesIn(source, project, file))
                {
                    string space = NamespaceOf(type);
                    if (FloorPlan.Unknown[project.Name].Any(name => space == name || space.StartsWith(name + ".", StringComparison.Ordinal)))
                    {
                        yield return new Violation(file.Path, LineOf(node), $"{project.Name} knows no {type.ToDisplayString()}");
                    }
                }
            }
        }
    }

    /// <summary>
    /// A namespace is named like its folder, so that a file's floor can be seen from where it lies. A folder inside a room may keep the
    /// room's namespace.
    /// </summary>
    public static IEnumerable<Violation> Namespaces(IEnumerable<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            string[] parts = file.Path.Split('/');
            string? name = file.Tree.GetRoot().DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>().FirstOrDefault()?.Name.ToString();
            if (name is null || parts.Length < 3)
            {
                continue;
            }

            string project = parts[1];
            string full = string.Join('.', parts[1..^1]);
            bool isInRoom = FloorPlan.Rooms.ContainsKey(name) && full.StartsWith(name + ".", StringComparison.Ordinal);
            bool fits = name == full || isInRoom || (project == "HighPerf.Kafka.Protocol" && parts.Length == 3 && name == FloorPlan.Face)
                || file.Name == "IsExternalInit.cs"; // the compiler asks for that name
            if (!fits)
            {
                yield return new Violation(file.Path, 0, $"the namespace {name} is not that of the folder, {full}");
            }
        }
    }

    private static IEnumerable<(SourceFile File, SyntaxNode Node, INamedTypeSymbol From, INamedTypeSymbol To)> Uses(SourceModel source)
    {
        foreach (SourceProject project in source.Projects)
        {
            foreach (SourceFile file in project.Files)
            {
                SemanticModel model = source.Understand(project, file);
                foreach ((SyntaxNode node, INamedTypeSymbol to) in TypesIn(source, project, file))
                {
                    SyntaxNode? declaration = node.Ancestors().LastOrDefault(ancestor => ancestor is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax);
                    if (declaration is not null && model.GetDeclaredSymbol(declaration) is INamedTypeSymbol from && IsOurs(to))
                    {
                        yield return (file, node, from, to);
                    }
                }
            }
        }
    }

    private static IEnumerable<(SyntaxNode Node, INamedTypeSymbol Type)> TypesIn(SourceModel source, SourceProject project, SourceFile file)
    {
        SemanticModel model = source.Understand(project, file);
        foreach (SimpleNameSyntax node in file.Tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
        {
            if (node.Ancestors().Any(ancestor => ancestor is UsingDirectiveSyntax))
            {
                continue;
            }

            ISymbol? symbol = model.GetSymbolInfo(node).Symbol;
            INamedTypeSymbol? type = symbol as INamedTypeSymbol ?? symbol?.ContainingType;
            if (type is not null)
            {
                yield return (node, Outermost(type.OriginalDefinition));
            }
        }
    }

    /// <summary>The public types that know a room, directly or through another of them.</summary>
    private static HashSet<string> FindFace(IEnumerable<(INamedTypeSymbol From, INamedTypeSymbol To)> uses)
    {
        List<(string From, string To, bool ToRoom)> edges =
        [
            .. uses.Where(use => FloorPlan.RoomOf(NamespaceOf(use.From)) is null && use.From.ContainingAssembly.Name == FloorPlan.Face)
                .Select(use => (NameOf(use.From), NameOf(use.To), IsClientRoom(FloorPlan.RoomOf(NamespaceOf(use.To))))).Distinct(),
        ];
        HashSet<string> face = [.. edges.Where(edge => edge.ToRoom).Select(edge => edge.From)];
        for (int before = -1; before != face.Count;)
        {
            before = face.Count;
            face.UnionWith(edges.Where(edge => face.Contains(edge.To)).Select(edge => edge.From).ToList());
        }

        return face;
    }

    private static bool IsClientRoom(string? room) =>
        room is not null and not "HighPerf.Kafka.Runtime" && !room.StartsWith("HighPerf.Kafka.Protocol.", StringComparison.Ordinal);

    private static bool IsOurs(INamedTypeSymbol type) => type.ContainingAssembly is { } assembly
        && (assembly.Name == "hpk" || assembly.Name.StartsWith(FloorPlan.Face, StringComparison.Ordinal));

    private static INamedTypeSymbol Outermost(INamedTypeSymbol type)
    {
        while (type.ContainingType is { } outer)
        {
            type = outer.OriginalDefinition;
        }

        return type;
    }

    private static string NamespaceOf(INamedTypeSymbol type) => type.ContainingNamespace?.ToDisplayString() ?? "";

    private static string NameOf(INamedTypeSymbol type) => type.ToDisplayString();

    private static int LineOf(SyntaxNode node) => node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
}
