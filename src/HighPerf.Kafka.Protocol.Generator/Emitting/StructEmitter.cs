using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Generator.Emitting;

/// <summary>Emits what the root of a message and its structures have in common: properties, defaults, and the three passes.</summary>
internal static class StructEmitter
{
    public static void EmitMembers(CodeWriter code, StructContext context)
    {
        EmitDefaults(code, context);
        code.Blank();
        ReadEmitter.Emit(code, context);
        foreach (FieldSpec field in context.Spec.Fields)
        {
            code.Blank();
            code.Line($"/// <summary>{Summary(context, field)}</summary>");
            code.Line($"public {context.PropertyType(field)} {field.Name} {{ get; set; }}");
        }

        code.Blank();
        code.Line("/// <summary>Tagged fields that this version does not know, as they were read; they are written again. Null when there are none.</summary>");
        code.Line("public List<UnknownTaggedField>? UnknownTaggedFields { get; set; }");
        code.Blank();
        SizeEmitter.Emit(code, context);
        code.Blank();
        WriteEmitter.Emit(code, context);
        code.Blank();
        ReadEmitter.EmitFieldNames(code, context);
    }

    /// <summary>A nested class.</summary>
    public static void EmitNested(CodeWriter code, StructContext context)
    {
        string type = context.Spec.TypeName;
        code.Blank();
        code.Line($"/// <summary>{context.Spec.Name} of {context.Message.Name}.</summary>");
        code.Open($"internal sealed class {type}");
        EmitMembers(code, context);
        if (IsSingleSomewhere(context))
        {
            code.Blank();
            EmitIsDefault(code, context);
        }

        if (IsArraySomewhere(context))
        {
            EmitLists(code, context);
        }

        code.Close();
    }

    private static string Summary(StructContext context, FieldSpec field)
    {
        string text = CSharp.Versions(field.Versions, context.Message.Versions);
        if (field.Tag is not null)
        {
            text += $", tag {field.Tag}";
        }

        if (field.NullableVersions is { } range)
        {
            text += range == field.Versions ? "; may be null" : $"; may be null in {CSharp.Versions(range, context.Message.Versions).ToLowerInvariant()}";
        }

        return text + (field.Ignorable ? "; dropped where the version cannot carry it." : ".");
    }

    private static void EmitDefaults(CodeWriter code, StructContext context)
    {
        code.Line("/// <summary>Every field at its default.</summary>");
        code.Open($"public {context.Spec.TypeName}()");
        foreach (FieldSpec field in context.Spec.Fields.Where(static field => !StructContext.DefaultIsZero(field)))
        {
            code.Line($"{field.Name} = {context.DefaultOf(field)};");
        }

        code.Close();
    }

    private static void EmitIsDefault(CodeWriter code, StructContext context)
    {
        code.Line("/// <summary>Whether every field is at its default.</summary>");
        code.Line("internal bool IsDefault =>");
        string fields = string.Join(" || ", context.Spec.Fields.Select(StructContext.IsSet));
        code.Line($"    !({fields} || UnknownTaggedFields is {{ Count: > 0 }});");
    }

    private static void EmitLists(CodeWriter code, StructContext context)
    {
        string type = context.Spec.TypeName;
        string flexible = context.Flexible;
        FieldSpec probe = new("", new FieldType(TypeKind.Struct, context.Spec.Name, true), default, null, null, null, false, false, false);
        int compactMin = MinimumSizes.OfElement(context.Message, probe, flexible: true);
        int classicMin = MinimumSizes.OfElement(context.Message, probe, flexible: false);
        string count = flexible switch
        {
            "true" => $"reader.ReadCompactArrayLength({compactMin})",
            "false" => $"reader.ReadArrayLength({classicMin})",
            _ => $"version >= {context.Message.FlexibleFrom} ? reader.ReadCompactArrayLength({compactMin}) : reader.ReadArrayLength({classicMin})",
        };
        string flexibleNow = flexible == "flexible" ? $"version >= {context.Message.FlexibleFrom}" : flexible;

        code.Blank();
        code.Open($"internal static List<{type}>? ReadList(ref KafkaReader reader, short version)");
        code.Line("ulong path = reader.FieldPath << 8;");
        code.Line($"int count = {count};");
        code.Open("if (count < 0)");
        code.Line("return null;");
        code.Close();
        code.Line($"List<{type}> list = new(count);");
        code.Open("for (int i = 0; i < count; i++)");
        code.Line($"list.Add(new {type}(ref reader, version, path));");
        code.Close();
        code.Line("return list;");
        code.Close();

        code.Blank();
        code.Open($"internal static long SizeOfList(List<{type}>? list, short version)");
        code.Line($"long size = WireSize.OfArrayLength(list?.Count ?? -1, {flexibleNow});");
        code.Open($"foreach ({type} element in CollectionsMarshal.AsSpan(list))");
        code.When("element is null", $"Refuse.NullElement(\"{context.Message.Name}.{context.Spec.Path}\", version);");
        code.Line("size += element.SizeOf(version);");
        code.Close();
        code.Line("return size;");
        code.Close();

        code.Blank();
        code.Open($"internal static void WriteList(ref KafkaWriter writer, List<{type}>? list, short version)");
        code.Line($"writer.WriteArrayLength(list?.Count ?? -1, {flexibleNow});");
        code.Open($"foreach ({type} element in CollectionsMarshal.AsSpan(list))");
        code.Line("element.WriteFields(ref writer, version);");
        code.Close();
        code.Close();
    }

    private static bool IsArraySomewhere(StructContext context) => Uses(context).Any(static field => field.Type.IsArray);

    private static bool IsSingleSomewhere(StructContext context) => Uses(context).Any(static field => !field.Type.IsArray);

    private static IEnumerable<FieldSpec> Uses(StructContext context) =>
        context.Message.Root.Fields.Concat(context.Message.Structs.SelectMany(static spec => spec.Fields))
            .Where(field => field.Type.StructName == context.Spec.Name);
}
