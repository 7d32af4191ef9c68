using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Generator.Emitting;

/// <summary>
/// Emits the constructor that reads a structure. Before each field it stores the field's place in the reader, one instruction, so that
/// whatever the reader throws can name the field.
/// </summary>
internal static class ReadEmitter
{
    private const int UnknownTags = 255;

    public static void Emit(CodeWriter code, StructContext context)
    {
        string access = context.IsRoot ? "private" : "internal";
        code.Open($"{access} {context.Spec.TypeName}(ref KafkaReader reader, short version{(context.IsRoot ? "" : ", ulong path")})");
        if (context.NeedsFlexibleLocal)
        {
            code.Line(context.FlexibleLocal);
        }

        for (int i = 0; i < context.Spec.Fields.Count; i++)
        {
            FieldSpec field = context.Spec.Fields[i];
            if (field.Tag is null)
            {
                EmitUntagged(code, context, field, i);
            }
        }

        foreach (FieldSpec field in context.Spec.Tagged.Where(static field => !StructContext.DefaultIsZero(field)))
        {
            code.Line($"{field.Name} = {context.DefaultOf(field)};");
        }

        EmitTagged(code, context);
        code.Close();
    }

    /// <summary>The names of the fields by the place that was stored; the last byte of a path is the innermost.</summary>
    public static void EmitFieldNames(CodeWriter code, StructContext context)
    {
        code.Line("/// <summary>The field that a path of the reader means.</summary>");
        code.Open("internal static string FieldName(ulong path, int depth) => (byte)(path >> (8 * depth)) switch");
        for (int i = 0; i < context.Spec.Fields.Count; i++)
        {
            FieldSpec field = context.Spec.Fields[i];
            code.Line(field.Type.Kind == TypeKind.Struct
                ? $"{i + 1} => depth == 0 ? \"{field.Name}\" : \"{field.Name}.\" + {context.StructType(field)}.FieldName(path, depth - 1),"
                : $"{i + 1} => \"{field.Name}\",");
        }

        code.Line("_ => \"(tagged fields)\",");
        code.Close("};");
    }

    private static void EmitUntagged(CodeWriter code, StructContext context, FieldSpec field, int index)
    {
        EmitPlace(code, context, index + 1);
        string condition = context.Condition(field.Versions);
        string value = ValueExpression(context, field);
        if (condition.Length == 0)
        {
            code.Line($"{field.Name} = {value};");
            return;
        }

        bool plain = !value.Contains(" ? ") && !value.Contains("??");
        bool isSmall = field.Type is { IsArray: false, Kind: TypeKind.Int8 or TypeKind.Int16 or TypeKind.UInt16 or TypeKind.UInt32 };
        string otherwise = isSmall ? $"({CSharp.TypeOf(field.Type.Kind)}){context.DefaultOf(field)}" : context.DefaultOf(field);
        code.Line($"{field.Name} = {condition} ? {(plain ? value : $"({value})")} : {otherwise};");
    }

    private static void EmitPlace(CodeWriter code, StructContext context, int place) =>
        code.Line(context.IsRoot ? $"reader.FieldPath = {place};" : $"reader.FieldPath = path | {place};");

    private static string ValueExpression(StructContext context, FieldSpec field)
    {
        string compact = context.CompactOf(field);
        string nullable = context.NullableIn(field);
        if (field.Type.IsArray)
        {
            string list = field.Type.Kind == TypeKind.Struct
                ? $"{context.StructType(field)}.ReadList(ref reader, version)"
                : $"PrimitiveArrays.Read{CSharp.MethodPart(field.Type.Kind)}(ref reader, {compact})";
            string type = $"List<{context.ElementType(field)}>";
            return nullable switch
            {
                "true" => list,
                "false" => $"{list} ?? reader.ThrowNull<{type}>(\"array\")",
                _ => $"{list} ?? ({nullable} ? null : reader.ThrowNull<{type}>(\"array\"))",
            };
        }

        if (field.Type.Kind == TypeKind.Struct)
        {
            string created = $"new {context.StructType(field)}(ref reader, version, reader.FieldPath << 8)";
            return nullable switch
            {
                "false" => created,
                _ => $"reader.ReadInt8() < 0 ? null : {created}",
            };
        }

        if (field.Type.Kind is TypeKind.String or TypeKind.Bytes or TypeKind.Records)
        {
            string part = field.Type.Kind == TypeKind.String ? "String" : "ByteArray";
            return nullable switch
            {
                "true" => $"reader.ReadNullable{part}({compact})",
                "false" => $"reader.Read{part}({compact})",
                _ => $"{nullable} ? reader.ReadNullable{part}({compact}) : reader.Read{part}({compact})",
            };
        }

        return $"reader.Read{CSharp.MethodPart(field.Type.Kind)}()";
    }

    private static void EmitTagged(CodeWriter code, StructContext context)
    {
        if (context.Flexible == "false")
        {
            return;
        }

        if (context.NeedsFlexibleLocal)
        {
            code.Open("if (flexible)");
        }

        EmitPlace(code, context, UnknownTags);
        if (!context.Spec.Tagged.Any())
        {
            code.Line("UnknownTaggedFields = TaggedFields.Read(ref reader);");
        }
        else
        {
            EmitKnown(code, context.WhereFlexible);
        }

        if (context.NeedsFlexibleLocal)
        {
            code.Close();
        }
    }

    private static void EmitKnown(CodeWriter code, StructContext context)
    {
        code.Line("long previous = -1;");
        code.Open("for (uint left = reader.ReadUnsignedVarint(); left > 0; left--)");
        code.Line("uint tag = TaggedFields.ReadHeader(ref reader, ref previous, out int end);");
        code.Open("switch (tag)");
        for (int i = 0; i < context.Spec.Fields.Count; i++)
        {
            FieldSpec field = context.Spec.Fields[i];
            if (field.Tag is null)
            {
                continue;
            }

            string condition = context.Condition(field.Versions);
            code.Line($"case {field.Tag}{(condition.Length == 0 ? "" : " when " + condition)}:");
            code.Indent();
            EmitPlace(code, context, i + 1);
            code.Line($"{field.Name} = {ValueExpression(context, field)};");
            EmitPlace(code, context, UnknownTags);
            code.Line("TaggedFields.CheckEnd(ref reader, tag, end);");
            code.Line("break;");
            code.Outdent();
        }

        code.Line("default:");
        code.Indent();
        code.Line("UnknownTaggedFields = TaggedFields.Keep(ref reader, UnknownTaggedFields, tag, end);");
        code.Line("break;");
        code.Outdent();
        code.Close();
        code.Close();
    }
}
