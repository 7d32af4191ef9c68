using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Generator.Emitting;

/// <summary>What the emitters ask about one structure of a message: conditions on versions, types and defaults in C#.</summary>
internal sealed class StructContext
{
    public StructContext(MessageSpec message, StructSpec spec)
    {
        Message = message;
        Spec = spec;
    }

    public MessageSpec Message { get; }

    public StructSpec Spec { get; }

    public bool IsRoot => Spec.Path.Length == 0;

    /// <summary>The condition for a version of this structure to be within a range; empty when all are.</summary>
    public string Condition(VersionRange range)
    {
        bool lower = range.Min > Spec.Versions.Min;
        bool upper = range.Max < Spec.Versions.Max;
        return lower && upper && range.Min == range.Max ? $"version == {range.Min}"
            : lower && upper ? $"version is >= {range.Min} and <= {range.Max}"
            : lower ? $"version >= {range.Min}"
            : upper ? $"version <= {range.Max}"
            : "";
    }

    /// <summary>"true", "false", or the local variable that tells.</summary>
    public string Flexible =>
        Message.FlexibleFrom is not { } first || first > Spec.Versions.Max ? "false" : first <= Spec.Versions.Min ? "true" : "flexible";

    public bool NeedsFlexibleLocal => Flexible == "flexible";

    /// <summary>The same structure where its version is known to be flexible: inside <c>if (flexible)</c>.</summary>
    public StructContext WhereFlexible => !NeedsFlexibleLocal
        ? this
        : new StructContext(Message, Spec.Within(new VersionRange(Message.FlexibleFrom!.Value, Spec.Versions.Max)));

    public string FlexibleLocal => $"bool flexible = version >= {Message.FlexibleFrom};";

    /// <summary>Whether the field is compact: as the version, unless it is a classic one.</summary>
    public string CompactOf(FieldSpec field) => field.Classic ? "false" : field.Tag is not null ? "true" : Flexible;

    /// <summary>The message and the field, the first dot between them: "FetchRequest.Topics.Partitions".</summary>
    public string Place(FieldSpec field) => Spec.Path.Length == 0 ? $"\"{Message.Name}.{field.Name}\"" : $"\"{Message.Name}.{Spec.Path}.{field.Name}\"";

    /// <summary>The class of a field's structure; with the message's name before it where a property would hide it.</summary>
    public string StructType(FieldSpec field)
    {
        string type = Message.FindStruct(field.Type.StructName!).TypeName;
        return Spec.Fields.Any(other => other.Name == type) ? $"{Message.Name}.{type}" : type;
    }

    public string ElementType(FieldSpec field) => field.Type.Kind == TypeKind.Struct ? StructType(field) : CSharp.TypeOf(field.Type.Kind);

    /// <summary>The type of the property, with its question mark.</summary>
    public string PropertyType(FieldSpec field)
    {
        string type = field.Type.IsArray ? $"List<{ElementType(field)}>" : ElementType(field);
        return field.IsNullable ? type + "?" : type;
    }

    public string DefaultOf(FieldSpec field)
    {
        if (field.DefaultIsNull)
        {
            return "null";
        }

        return field.Type.IsArray ? "[]" : field.Type.Kind == TypeKind.Struct ? "new()" : CSharp.Literal(field.Type.Kind, field.Default);
    }

    /// <summary>Whether a new object needs no assignment to have the default.</summary>
    public static bool DefaultIsZero(FieldSpec field) =>
        field.DefaultIsNull || (!field.Type.CanBeNull && field.Default is null or "0" or "false");

    /// <summary>The condition that the property is not at its default.</summary>
    public static string IsSet(FieldSpec field) => IsSet(field, field.Name);

    /// <summary>The same for the field of another object.</summary>
    public static string IsSet(FieldSpec field, string name)
    {
        if (field.DefaultIsNull)
        {
            return $"{name} is not null";
        }

        if (field.Type.IsArray)
        {
            return $"{name} is not {{ Count: 0 }}";
        }

        return field.Type.Kind switch
        {
            TypeKind.Struct => $"{name} is not {{ IsDefault: true }}",
            TypeKind.Bytes or TypeKind.Records => $"{name} is not {{ Length: 0 }}",
            TypeKind.Boolean => field.Default == "true" ? $"!{name}" : name,
            _ => $"{name} != {CSharp.Literal(field.Type.Kind, field.Default)}",
        };
    }

    /// <summary>Whether null stands for the field: "true", "false" or a condition on the version.</summary>
    public string NullableIn(FieldSpec field)
    {
        if (field.NullableVersions is not { } range)
        {
            return "false";
        }

        string condition = new StructContext(Message, Spec.Within(field.Versions)).Condition(range);
        return condition.Length == 0 ? "true" : condition;
    }
}
