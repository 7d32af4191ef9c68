using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Generator.Emitting;

/// <summary>The protocol's types in C#.</summary>
internal static class CSharp
{
    public static string TypeOf(TypeKind kind) => kind switch
    {
        TypeKind.Boolean => "bool",
        TypeKind.Int8 => "sbyte",
        TypeKind.Int16 => "short",
        TypeKind.UInt16 => "ushort",
        TypeKind.Int32 => "int",
        TypeKind.UInt32 => "uint",
        TypeKind.Int64 => "long",
        TypeKind.Float64 => "double",
        TypeKind.Uuid => "Guid",
        TypeKind.String => "string",
        _ => "byte[]",
    };

    /// <summary>The part of a method's name that says the type: ReadInt32, WriteUuid.</summary>
    public static string MethodPart(TypeKind kind) => kind is TypeKind.Records ? "Bytes" : kind.ToString();

    public static string Literal(TypeKind kind, string? value) => kind switch
    {
        TypeKind.Boolean => value ?? "false",
        TypeKind.Uuid => "Guid.Empty",
        TypeKind.String => $"\"{value}\"",
        TypeKind.Bytes or TypeKind.Records => "[]",
        TypeKind.Int64 => (value ?? "0") + "L",
        TypeKind.Float64 => (value ?? "0") + "d",
        _ => value ?? "0",
    };

    public static string Versions(VersionRange range, VersionRange outer) =>
        range.Max < outer.Max
            ? range.Min == range.Max ? $"Version {range.Min}" : $"Versions {range.Min} to {range.Max}"
            : range.Min > outer.Min ? $"Versions {range.Min} and later" : "All versions";
}
