using System.Globalization;
using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Generator.Parsing;

/// <summary>Whether a default is a value of its field's type.</summary>
internal static class DefaultChecker
{
    /// <summary>Returns what is wrong, or null.</summary>
    public static string? Check(FieldType type, string value, bool nullable)
    {
        if (value == "null")
        {
            return !type.CanBeNull ? "This type has no null." : nullable ? null : "The default is null, but the field is not nullable.";
        }

        if (type.IsArray || type.Kind is TypeKind.Struct or TypeKind.Bytes or TypeKind.Records or TypeKind.Uuid)
        {
            return "This type has no default but null; without one it is empty.";
        }

        return Fits(type.Kind, value) ? null : $"'{value}' is not a value of this type.";
    }

    private static bool Fits(TypeKind kind, string value)
    {
        const NumberStyles Style = NumberStyles.AllowLeadingSign;
        CultureInfo culture = CultureInfo.InvariantCulture;
        return kind switch
        {
            TypeKind.Boolean => value is "true" or "false",
            TypeKind.Int8 => sbyte.TryParse(value, Style, culture, out _),
            TypeKind.Int16 => short.TryParse(value, Style, culture, out _),
            TypeKind.UInt16 => ushort.TryParse(value, Style, culture, out _),
            TypeKind.Int32 => int.TryParse(value, Style, culture, out _),
            TypeKind.UInt32 => uint.TryParse(value, Style, culture, out _),
            TypeKind.Int64 => long.TryParse(value, Style, culture, out _),
            TypeKind.Float64 => double.TryParse(value, NumberStyles.Float, culture, out _),
            _ => value.All(static c => c is not ('"' or '\\')),
        };
    }
}
