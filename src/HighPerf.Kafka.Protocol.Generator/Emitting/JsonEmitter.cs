using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Generator.Emitting;

/// <summary>
/// Emits the conversion of one message to JSON and back, as the JSON converters of Apache Kafka do it: every untagged field of the version is there,
/// a tagged one when it is not at its default.
/// </summary>
internal static class JsonEmitter
{
    private const string Namespace = "HighPerf.Kafka.Testing.Json";

    public static string Emit(MessageSpec message)
    {
        CodeWriter code = new();
        MessageEmitter.EmitHeader(code);
        code.Line("using System.Text.Json;");
        code.Line("using HighPerf.Kafka.Protocol.Messages;");
        code.Blank();
        code.Line($"namespace {Namespace};");
        code.Blank();
        code.Line($"/// <summary>{message.Name} as JSON.</summary>");
        code.Open($"internal static class {message.Name}Json");
        EmitStruct(code, new StructContext(message, message.Root), "public", "", message.Name);
        foreach (StructSpec spec in message.Structs)
        {
            code.Blank();
            EmitStruct(code, new StructContext(message, spec), "private", spec.TypeName, $"{message.Name}.{spec.TypeName}");
        }

        code.Close();
        return code.ToString();
    }

    /// <summary>Emits the list that finds a message's converter.</summary>
    public static string EmitCatalog(IEnumerable<string> messages)
    {
        CodeWriter code = new();
        MessageEmitter.EmitHeader(code);
        code.Line("using HighPerf.Kafka.Protocol.Messages;");
        code.Blank();
        code.Line($"namespace {Namespace};");
        code.Blank();
        code.Open("internal static partial class MessageJson");
        code.Line("private static readonly MessageJsonConverter[] s_all =");
        code.Line("[");
        foreach (string name in messages.OrderBy(static name => name, StringComparer.Ordinal))
        {
            code.Line($"    new MessageJsonConverter<{name}>({name}Json.Write, {name}Json.Read),");
        }

        code.Line("];");
        code.Close();
        return code.ToString();
    }

    private static void EmitStruct(CodeWriter code, StructContext context, string access, string suffix, string type)
    {
        code.Open($"{access} static void Write{suffix}(Utf8JsonWriter json, {type} value, short version)");
        code.Line("json.WriteStartObject();");
        foreach (FieldSpec field in context.Spec.Fields)
        {
            string condition = context.Condition(field.Versions);
            if (field.Tag is not null)
            {
                string isSet = StructContext.IsSet(field, "value." + field.Name);
                condition = condition.Length == 0 ? isSet : $"{condition} && {isSet}";
            }

            code.When(condition, WriteStatement(context, field));
        }

        code.Line("json.WriteEndObject();");
        code.Close();

        code.Open($"{access} static {type} Read{suffix}(JsonElement json, short version)");
        code.Line("JsonFields fields = new(json);");
        code.Line($"{type} value = new();");
        foreach (FieldSpec field in context.Spec.Fields)
        {
            string condition = context.Condition(field.Versions);
            if (field.Tag is not null)
            {
                string isThere = $"fields.Has(\"{field.JsonName}\")";
                condition = condition.Length == 0 ? isThere : $"{condition} && {isThere}";
            }

            code.When(condition, $"value.{field.Name} = {ReadExpression(context, field)};");
        }

        code.Line("fields.End();");
        code.Line("return value;");
        code.Close();
    }

    private static string WriteStatement(StructContext context, FieldSpec field)
    {
        string value = "value." + field.Name;
        if (field.Type.Kind == TypeKind.Struct)
        {
            string method = field.Type.IsArray ? "WriteList" : "WriteStruct";
            return $"JsonValues.{method}(json, \"{field.JsonName}\", {value}, version, Write{BareType(context, field)});";
        }

        if (field.Type.IsArray)
        {
            return $"JsonValues.Write{field.Type.Kind}List(json, \"{field.JsonName}\", {value});";
        }

        return field.Type.Kind switch
        {
            TypeKind.Boolean => $"json.WriteBoolean(\"{field.JsonName}\", {value});",
            TypeKind.String => $"json.WriteString(\"{field.JsonName}\", {value});",
            TypeKind.Bytes or TypeKind.Records => $"JsonValues.WriteBytes(json, \"{field.JsonName}\", {value});",
            TypeKind.Uuid or TypeKind.Float64 => $"JsonValues.Write{field.Type.Kind}(json, \"{field.JsonName}\", {value});",
            _ => $"json.WriteNumber(\"{field.JsonName}\", {value});",
        };
    }

    private static string ReadExpression(StructContext context, FieldSpec field)
    {
        string nullable = context.NullableIn(field);
        string arguments = field.Type.Kind == TypeKind.Struct
            ? $"(\"{field.JsonName}\", version, Read{BareType(context, field)})"
            : $"(\"{field.JsonName}\")";
        string method = field.Type.Kind == TypeKind.Struct
            ? field.Type.IsArray ? "List" : "Struct"
            : (field.Type.Kind == TypeKind.Records ? "Bytes" : field.Type.Kind.ToString()) + (field.Type.IsArray ? "List" : "");
        return nullable switch
        {
            "true" => $"fields.Nullable{method}{arguments}",
            "false" => $"fields.{method}{arguments}",
            _ => $"{nullable} ? fields.Nullable{method}{arguments} : fields.{method}{arguments}",
        };
    }

    private static string BareType(StructContext context, FieldSpec field) => context.Message.FindStruct(field.Type.StructName!).TypeName;
}
