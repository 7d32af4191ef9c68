using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Generator.Emitting;

/// <summary>Emits <c>SizeOf</c>: the exact size, and the refusal of values that the version cannot carry.</summary>
internal static class SizeEmitter
{
    public static void Emit(CodeWriter code, StructContext context)
    {
        code.Open("internal long SizeOf(short version)");
        if (context.NeedsFlexibleLocal)
        {
            code.Line(context.FlexibleLocal);
        }

        int constant = context.Spec.Untagged.Where(field => context.Condition(field.Versions).Length == 0).Sum(static field => field.Type.FixedSize);
        code.Line($"long size = {constant};");
        foreach (FieldSpec field in context.Spec.Untagged)
        {
            EmitUntagged(code, context, field);
        }

        EmitTagged(code, context);
        code.Line("return size;");
        code.Close();
    }

    /// <summary>The size of a value that is there; for what null stands for, see <see cref="EmitNullCheck"/>.</summary>
    public static string SizeExpression(StructContext context, FieldSpec field)
    {
        string name = field.Name;
        string compact = context.CompactOf(field);
        if (field.Type.IsArray)
        {
            return field.Type.Kind switch
            {
                TypeKind.Struct => $"{context.StructType(field)}.SizeOfList({name}, version)",
                TypeKind.String => $"WireSize.OfStrings({name}, {compact}, {context.Place(field)}, version)",
                _ => $"WireSize.OfArray({name}, {FieldType.FixedSizeOf(field.Type.Kind)}, {compact})",
            };
        }

        return field.Type.Kind switch
        {
            TypeKind.String => $"WireSize.OfString({name}, {compact}, {context.Place(field)}, version)",
            TypeKind.Bytes or TypeKind.Records => $"WireSize.OfBytes({name}, {compact})",
            TypeKind.Struct when field.IsNullable => $"1 + ({name}?.SizeOf(version) ?? 0)",
            TypeKind.Struct => $"{name}.SizeOf(version)",
            _ => field.Type.FixedSize.ToString(),
        };
    }

    private static void EmitUntagged(CodeWriter code, StructContext context, FieldSpec field)
    {
        string condition = context.Condition(field.Versions);
        if (condition.Length == 0)
        {
            EmitPresent(code, context, field);
            return;
        }

        code.Open($"if ({condition})");
        EmitPresent(code, context, field, conditional: true);
        code.Close();
        if (!field.Ignorable)
        {
            code.Open($"else if ({StructContext.IsSet(field)})");
            code.Line($"Refuse.NotInVersion({context.Place(field)}, version);");
            code.Close();
        }
    }

    private static void EmitPresent(CodeWriter code, StructContext context, FieldSpec field, bool conditional = false)
    {
        EmitNullCheck(code, context, field);
        if (field.Type.FixedSize == 0 || conditional)
        {
            code.Line($"size += {SizeExpression(context, field)};");
        }
    }

    private static void EmitNullCheck(CodeWriter code, StructContext context, FieldSpec field)
    {
        string condition = NullCondition(context, field);
        if (condition.Length > 0)
        {
            code.Open($"if ({condition})");
            code.Line($"Refuse.Null({context.Place(field)}, version);");
            code.Close();
        }
    }

    /// <summary>When null must be refused: never, always, or in some versions.</summary>
    private static string NullCondition(StructContext context, FieldSpec field)
    {
        if (!field.Type.CanBeNull)
        {
            return "";
        }

        string nullable = context.NullableIn(field);
        return nullable switch
        {
            "true" => "",
            "false" => $"{field.Name} is null",
            _ => $"{field.Name} is null && !({nullable})",
        };
    }

    private static void EmitTagged(CodeWriter code, StructContext context)
    {
        if (context.Flexible == "false")
        {
            code.When("UnknownTaggedFields is { Count: > 0 }", $"Refuse.Tagged(\"{context.Message.Name}\", version);");
            return;
        }

        List<FieldSpec> tagged = [.. context.Spec.Tagged];
        if (context.NeedsFlexibleLocal)
        {
            code.Open("if (flexible)");
        }

        if (tagged.Count > 0)
        {
            code.Line("int known = 0;");
            foreach (FieldSpec field in tagged)
            {
                EmitOneTagged(code, context.WhereFlexible, field);
            }
        }

        string known = tagged.Count > 0 ? "known" : "0";
        string tags = KnownTags(context.WhereFlexible, tagged);
        code.Line($"size += TaggedFields.SizeOf(UnknownTaggedFields, {known}, {tags}, \"{context.Message.Name}\", version);");
        if (context.NeedsFlexibleLocal)
        {
            code.Close();
            code.Open("else");
            foreach (FieldSpec field in tagged.Where(static field => !field.Ignorable))
            {
                code.When(StructContext.IsSet(field), $"Refuse.NotInVersion({context.Place(field)}, version);");
            }

            code.When("UnknownTaggedFields is { Count: > 0 }", $"Refuse.Tagged(\"{context.Message.Name}\", version);");
            code.Close();
        }
    }

    /// <summary>One bit for each tag that the version knows; an unknown field must not have it.</summary>
    private static string KnownTags(StructContext context, List<FieldSpec> tagged)
    {
        ulong always = 0;
        string text = "";
        foreach (FieldSpec field in tagged)
        {
            string condition = context.Condition(field.Versions);
            ulong bit = 1UL << field.Tag!.Value;
            if (condition.Length == 0)
            {
                always |= bit;
            }
            else
            {
                text += $" | ({condition} ? {bit}UL : 0)";
            }
        }

        return always != 0 || text.Length == 0 ? $"{always}{text}" : text.Substring(3);
    }

    private static void EmitOneTagged(CodeWriter code, StructContext context, FieldSpec field)
    {
        code.Open($"if ({StructContext.IsSet(field)})");
        string condition = context.Condition(field.Versions);
        if (condition.Length > 0)
        {
            code.Open($"if ({condition})");
        }

        EmitNullCheck(code, context, field);
        code.Line("known++;");
        code.Line($"size += TaggedFields.SizeOf({field.Tag}, {SizeExpression(context, field)});");
        if (condition.Length > 0)
        {
            code.Close();
            if (!field.Ignorable)
            {
                code.Open("else");
                code.Line($"Refuse.NotInVersion({context.Place(field)}, version);");
                code.Close();
            }
        }

        code.Close();
    }
}
