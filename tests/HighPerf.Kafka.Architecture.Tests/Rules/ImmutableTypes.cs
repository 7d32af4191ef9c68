using Microsoft.CodeAnalysis;

namespace HighPerf.Kafka.Architecture.Tests.Rules;

/// <summary>Which types have values that never change, by name for the framework's and by their fields for our own.</summary>
internal static class ImmutableTypes
{
    private static readonly string[] Framework =
    [
        "System.String", "System.Type", "System.Version", "System.Uri", "System.StringComparer", "System.Text.Encoding", "System.Text.UTF8Encoding",
        "System.Text.CompositeFormat", "System.Text.RegularExpressions.Regex", "System.Globalization.CultureInfo", "System.Net.IPAddress",
        "System.TimeProvider", "System.Buffers.SearchValues<T>", "System.Text.Json.JsonEncodedText", "System.Text.Json.JsonSerializerOptions",
        "System.Exception", "System.Reflection.Assembly",

        // These publish measurements and hold no state of ours; the framework asks for one of each in a process.
        "System.Diagnostics.ActivitySource", "System.Diagnostics.Metrics.Meter", "System.Diagnostics.Metrics.Instrument",
    ];

    private static readonly string[] Generic =
    [
        "System.Collections.Frozen.", "System.Collections.Immutable.", "System.Collections.Generic.IComparer<", "System.Collections.Generic.IEqualityComparer<",
        "System.Collections.Generic.Comparer<", "System.Collections.Generic.EqualityComparer<", "System.Buffers.SearchValues<",
    ];

    public static bool Contains(ITypeSymbol type) => Contains(type, []);

    private static bool Contains(ITypeSymbol type, HashSet<ITypeSymbol> seen)
    {
        if (!seen.Add(type) || type.TypeKind is TypeKind.Enum or TypeKind.Delegate or TypeKind.FunctionPointer)
        {
            return true;
        }

        if (type.SpecialType is not SpecialType.None and not SpecialType.System_Object || IsKnown(type))
        {
            return type.SpecialType != SpecialType.System_Array;
        }

        if (type is not INamedTypeSymbol named || type.SpecialType == SpecialType.System_Object || type.TypeKind == TypeKind.Interface)
        {
            return false;
        }

        // A value type of the framework that a read-only field holds can change only through what it points to.
        bool isOurs = type.DeclaringSyntaxReferences.Length > 0 || type.ContainingAssembly?.Name.StartsWith("HighPerf.", StringComparison.Ordinal) == true;
        return isOurs ? HasImmutableFields(named, seen) : type.IsValueType && named.TypeArguments.All(argument => Contains(argument, seen));
    }

    private static bool HasImmutableFields(INamedTypeSymbol type, HashSet<ITypeSymbol> seen)
    {
        bool ownFields = type.GetMembers().OfType<IFieldSymbol>().Where(field => !field.IsStatic && !field.IsConst)
            .All(field => (field.IsReadOnly || type.IsValueType) && IsImmutableField(field, seen));
        return ownFields && (type.BaseType is null || type.BaseType.SpecialType != SpecialType.None || Contains(type.BaseType, seen));
    }

    private static bool IsImmutableField(IFieldSymbol field, HashSet<ITypeSymbol> seen) =>
        field.Type is IArrayTypeSymbol array
            ? field.DeclaredAccessibility == Accessibility.Private && Contains(array.ElementType, seen)
            : Contains(field.Type, seen);

    private static bool IsKnown(ITypeSymbol type)
    {
        for (ITypeSymbol? level = type; level is not null; level = level.BaseType)
        {
            string name = level.OriginalDefinition.ToDisplayString();
            if (Framework.Contains(name) || level.ToDisplayString() == "string" || Generic.Any(start => name.StartsWith(start, StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }
}
