using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Generator.Emitting;

/// <summary>The least number of bytes a value can take, over all versions: what bounds a count before anything is allocated for it.</summary>
internal static class MinimumSizes
{
    public static int OfElement(MessageSpec message, FieldSpec field, bool flexible)
    {
        int size = field.Type.Kind == TypeKind.Struct
            ? OfStruct(message, message.FindStruct(field.Type.StructName!), flexible)
            : OfValue(field.Type.Kind, flexible);
        return Math.Max(size, 1);
    }

    public static int OfStruct(MessageSpec message, StructSpec spec, bool flexible)
    {
        int firstFlexible = message.FlexibleFrom ?? int.MaxValue;
        int from = flexible ? Math.Max(spec.Versions.Min, firstFlexible) : spec.Versions.Min;
        int to = flexible ? spec.Versions.Max : Math.Min(spec.Versions.Max, firstFlexible - 1);
        int least = int.MaxValue;
        for (int version = from; version <= to; version++)
        {
            int size = flexible ? 1 : 0;
            foreach (FieldSpec field in spec.Untagged.Where(field => field.Versions.Contains(new VersionRange(version, version))))
            {
                size += OfField(message, field, flexible);
            }

            least = Math.Min(least, size);
        }

        return least == int.MaxValue ? 1 : least;
    }

    private static int OfField(MessageSpec message, FieldSpec field, bool flexible)
    {
        bool compact = flexible && !field.Classic;
        if (field.Type.IsArray)
        {
            return compact ? 1 : 4;
        }

        if (field.Type.Kind != TypeKind.Struct)
        {
            return OfValue(field.Type.Kind, compact);
        }

        return field.NullableVersions is not null ? 1 : OfStruct(message, message.FindStruct(field.Type.StructName!), flexible);
    }

    private static int OfValue(TypeKind kind, bool compact) => kind switch
    {
        TypeKind.String => compact ? 1 : 2,
        TypeKind.Bytes or TypeKind.Records => compact ? 1 : 4,
        _ => FieldType.FixedSizeOf(kind),
    };
}
