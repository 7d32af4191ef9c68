namespace HighPerf.Kafka.Protocol.Generator.Model;

/// <summary>The type of a field: one value or an array of them.</summary>
internal sealed record FieldType(TypeKind Kind, string? StructName, bool IsArray)
{
    public TypeKind Kind { get; } = Kind;

    public string? StructName { get; } = StructName;

    public bool IsArray { get; } = IsArray;

    /// <summary>One value that takes the same number of bytes whatever it is; 0 for the others.</summary>
    public int FixedSize => IsArray ? 0 : FixedSizeOf(Kind);

    /// <summary>Whether null can stand for it: everything but the numbers, booleans and UUIDs.</summary>
    public bool CanBeNull => IsArray || Kind is TypeKind.String or TypeKind.Bytes or TypeKind.Records or TypeKind.Struct;

    public static int FixedSizeOf(TypeKind kind) => kind switch
    {
        TypeKind.Boolean or TypeKind.Int8 => 1,
        TypeKind.Int16 or TypeKind.UInt16 => 2,
        TypeKind.Int32 or TypeKind.UInt32 => 4,
        TypeKind.Int64 or TypeKind.Float64 => 8,
        TypeKind.Uuid => 16,
        _ => 0,
    };
}
