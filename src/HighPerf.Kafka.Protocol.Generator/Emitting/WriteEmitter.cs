using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Generator.Emitting;

/// <summary>Emits the writing of a structure, which <c>SizeOf</c> has checked before.</summary>
internal static class WriteEmitter
{
    public static void Emit(CodeWriter code, StructContext context)
    {
        code.Open("internal void WriteFields(ref KafkaWriter writer, short version)");
        if (context.NeedsFlexibleLocal)
        {
            code.Line(context.FlexibleLocal);
        }

        foreach (FieldSpec field in context.Spec.Untagged)
        {
            string condition = context.Condition(field.Versions);
            if (condition.Length > 0)
            {
                code.Open($"if ({condition})");
            }

            EmitValue(code, context, field);
            if (condition.Length > 0)
            {
                code.Close();
            }
        }

        EmitTagged(code, context);
        code.Close();
    }

    private static void EmitValue(CodeWriter code, StructContext context, FieldSpec field)
    {
        string name = field.Name;
        string compact = context.CompactOf(field);
        if (field.Type.IsArray)
        {
            code.Line(field.Type.Kind == TypeKind.Struct
                ? $"{context.StructType(field)}.WriteList(ref writer, {name}, version);"
                : $"PrimitiveArrays.Write{CSharp.MethodPart(field.Type.Kind)}(ref writer, {name}, {compact});");
        }
        else if (field.Type.Kind == TypeKind.Struct)
        {
            EmitStruct(code, field);
        }
        else if (field.Type.Kind is TypeKind.String or TypeKind.Bytes or TypeKind.Records)
        {
            string method = field.Type.Kind == TypeKind.String ? "String" : field.IsNullable ? "NullableBytes" : "Bytes";
            code.Line(compact switch
            {
                "true" when method == "NullableBytes" => $"writer.WriteNullableBytes({name}, true);",
                "false" when method == "NullableBytes" => $"writer.WriteNullableBytes({name}, false);",
                "true" => $"writer.WriteCompact{method}({name});",
                "false" => $"writer.Write{method}({name});",
                _ => $"writer.Write{method}({name}, {compact});",
            });
        }
        else
        {
            code.Line($"writer.Write{CSharp.MethodPart(field.Type.Kind)}({name});");
        }
    }

    private static void EmitStruct(CodeWriter code, FieldSpec field)
    {
        if (!field.IsNullable)
        {
            code.Line($"{field.Name}.WriteFields(ref writer, version);");
            return;
        }

        code.Line($"writer.WriteInt8({field.Name} is null ? (sbyte)-1 : (sbyte)1);");
        code.Line($"{field.Name}?.WriteFields(ref writer, version);");
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

        List<FieldSpec> tagged = [.. context.Spec.Tagged];
        if (tagged.Count == 0)
        {
            code.Line("TaggedFields.Write(ref writer, UnknownTaggedFields);");
        }
        else
        {
            EmitKnown(code, context.WhereFlexible, tagged);
        }

        if (context.NeedsFlexibleLocal)
        {
            code.Close();
        }
    }

    private static void EmitKnown(CodeWriter code, StructContext context, List<FieldSpec> tagged)
    {
        foreach (FieldSpec field in tagged)
        {
            string condition = context.Condition(field.Versions);
            string isSet = StructContext.IsSet(field);
            code.Line($"bool has{field.Name} = {(condition.Length == 0 ? isSet : $"{condition} && {isSet}")};");
        }

        code.Line($"int known = {string.Join(" + ", tagged.Select(static field => $"(has{field.Name} ? 1 : 0)"))};");
        code.Line("int written = TaggedFields.Begin(ref writer, UnknownTaggedFields, known);");
        foreach (FieldSpec field in tagged)
        {
            code.Open($"if (has{field.Name})");
            code.Line($"written = TaggedFields.WriteBelow(ref writer, UnknownTaggedFields, written, {field.Tag});");
            code.Line($"TaggedFields.WriteHeader(ref writer, {field.Tag}, {SizeEmitter.SizeExpression(context, field)});");
            EmitValue(code, context, field);
            code.Close();
        }

        code.Line("TaggedFields.WriteRest(ref writer, UnknownTaggedFields, written);");
    }
}
